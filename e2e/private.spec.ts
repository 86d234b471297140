import { expect, fixture, openFiles, openPage, test } from './page.ts';

test('after loading, nothing is requested but our own files, and nothing at all for a dropped one', async ({
  page,
  baseURL,
}) => {
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  await openPage(page, '/?engine=gpu');
  const foreign = requests.filter((url) => !url.startsWith(baseURL ?? '') && !/^(blob|data):/.test(url));
  expect(foreign).toEqual([]);
  // Starting includes the other metanets and the self-check; what comes after that is the dropped file's doing.
  await expect(page.getByRole('region', { name: 'All metanets' })).toHaveAttribute('aria-busy', 'false');
  await page.getByRole('button', { name: /GPU/ }).click();
  await expect(page.getByText(/the plain reference differ by/)).toBeVisible();
  await page.keyboard.press('Escape');
  requests.length = 0;
  await openFiles(page, fixture('residual.old.onnx'));
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('residual.old.onnx');
  await expect(page.getByTestId('accuracy')).toBeVisible();
  await page.getByRole('complementary', { name: 'Layers' }).getByRole('button', { name: /^stem/ }).click();
  await page.waitForTimeout(500);
  // The opened file's worker and its reader are our own scripts, and the browser may look at the page's icon again.
  expect(requests.filter((url) => !/(\/assets\/[\w-]+\.js|\/icon\.svg)$/.test(url))).toEqual([]);
});

test('the page may not talk to anyone else, even if it tried', async ({ page, complaints }) => {
  await openPage(page, '/?engine=gpu');
  const outcome = await page.evaluate(() =>
    fetch('https://example.com/').then(
      () => 'sent',
      () => 'refused',
    ),
  );
  expect(outcome).toBe('refused');
  expect(complaints.join(' ')).toContain('Content Security Policy');
  complaints.length = 0; // that complaint was the point
});
