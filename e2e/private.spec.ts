import type { Request } from 'playwright/test';
import { expect, fixture, openFiles, openPage, test, WEBGPU } from './page.ts';

test(
  'after loading, nothing is requested but our own files, and nothing at all for a dropped one',
  WEBGPU,
  async ({ page, baseURL }) => {
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    await openPage(page, '/?engine=gpu');
    const foreign = requests.filter((url) => !url.startsWith(baseURL ?? '') && !/^(blob|data):/.test(url));
    expect(foreign).toEqual([]);
    // Starting includes the metanets of all zoos and the self-check; what comes after that is the dropped file's doing.
    await expect(page.getByRole('region', { name: 'All metanets' })).toHaveAttribute('aria-busy', 'false');
    await page.getByRole('button', { name: /GPU/ }).click();
    await expect(page.getByText(/the plain reference differ by/)).toBeVisible();
    await page.keyboard.press('Escape');
    await page.waitForLoadState('networkidle');
    requests.length = 0;
    await openFiles(page, fixture('residual.old.onnx'));
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('residual.old.onnx');
    await expect(page.getByTestId('accuracy')).toBeVisible();
    await page.getByRole('complementary', { name: 'Layers' }).getByRole('button', { name: /^stem/ }).click();
    await page.waitForTimeout(500);
    // The opened file's worker and its reader are our own scripts, and the browser may look at the page's icon again.
    expect(requests.filter((url) => !/(\/assets\/[\w-]+\.js|\/icon\.svg)$/.test(url))).toEqual([]);
  },
);

test('every tool asks for our own files only, and sends nothing', async ({ page, baseURL }) => {
  const requests: Request[] = [];
  await openPage(page);
  await openFiles(page, fixture('residual.old.onnx'));
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('residual.old.onnx');
  await expect(page.getByRole('region', { name: 'All metanets' })).toHaveAttribute('aria-busy', 'false');
  page.on('request', (request) => requests.push(request));
  const tab = (name: string) => page.getByRole('tab', { name }).click();
  await tab('What mattered');
  await expect(page.locator('.salient-layers')).toBeVisible();
  await tab('Rounds');
  await expect(page.getByRole('slider', { name: /Round/ })).toBeVisible();
  await tab('Doubts');
  await expect(page.locator('.embedding-map')).toBeVisible();
  await tab('Symmetry');
  await page.getByRole('button', { name: 'Shuffle all neurons' }).click();
  await expect(page.getByTestId('output-difference')).toBeVisible();
  await tab('What if');
  await page.getByRole('slider', { name: /Prune/ }).press('ArrowRight');
  await tab('Theorems');
  await expect(page.getByRole('tabpanel')).toContainText('Proposition 4');
  await page.keyboard.press('c');
  await expect(page.getByTestId('graph-left')).toBeVisible();
  const own = new RegExp(
    `^(blob:|data:|${baseURL}/((assets|zoo|checkpoints/[\\w-]+|samples)/[\\w.-]+|icon\\.svg)$)`,
  );
  expect(requests.map((request) => request.url()).filter((url) => !own.test(url))).toEqual([]);
  expect(requests.filter((request) => request.method() !== 'GET' || request.postData())).toEqual([]);
  expect(requests.length).toBeGreaterThan(0);
});

test('the page may not talk to anyone else, even if it tried', WEBGPU, async ({ page, complaints }) => {
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
