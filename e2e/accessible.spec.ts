import { expectAllAccessible, LOOKS } from './axe.ts';
import { expect, openBytes, openPage, test } from './page.ts';
import { stateDict } from './state-dict.ts';

for (const [colorScheme, width] of LOOKS) {
  test(`axe finds nothing: ${colorScheme}, ${width} pixels wide`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    await openPage(page);
    await expectAllAccessible(page, colorScheme, {
      start: async () => undefined,
      'a layer': () =>
        page.getByRole('complementary', { name: 'Layers' }).getByRole('button').first().click(),
      'a neuron': async () => {
        await page.getByRole('application').focus();
        await page.keyboard.press('ArrowRight');
      },
      samples: () => page.getByRole('button', { name: 'Samples' }).click(),
      device: async () => {
        await page.keyboard.press('Escape');
        await page.getByRole('button', { name: /GPU|CPU/ }).click();
      },
      help: async () => {
        await page.keyboard.press('Escape');
        await page.getByRole('button', { name: 'Help' }).click();
      },
      share: async () => {
        await page.keyboard.press('Escape');
        await page.getByRole('button', { name: 'Share' }).click();
      },
      picture: async () => {
        await page.keyboard.press('Escape');
        await page.getByRole('button', { name: 'Picture' }).click();
      },
      'what mattered': async () => {
        await page.keyboard.press('Escape');
        await page.getByRole('tab', { name: 'What mattered' }).click();
        await expect(page.getByText('What raises it most')).toBeVisible();
      },
      'what was inferred': async () => {
        const buffer = stateDict({ 'a.weight': [16, 12], 'b.weight': [16, 16], 'c.weight': [10, 16] });
        await openBytes(page, 'mlp.safetensors', buffer);
        await page.getByRole('button', { name: /connections inferred/ }).click();
      },
      report: async () => {
        await page.keyboard.press('Escape');
        await page.getByTitle('How the file was read').click();
      },
    });
  });
}

test('every control is reached by Tab', async ({ page }) => {
  await openPage(page);
  const reached = new Set<string>();
  for (let press = 0; press < 60; press++) {
    await page.keyboard.press('Tab');
    reached.add(
      await page.evaluate(() => {
        const element = document.activeElement;
        return element?.getAttribute('aria-label') || element?.textContent?.trim() || element?.tagName || '';
      }),
    );
  }
  const all = [...reached].join('|');
  for (const control of [
    'Open…',
    'Samples',
    'CPU',
    'Switch to',
    'Help',
    'Search layers',
    'Parameter graph of',
    'Zoom in',
    'Fit',
    'parameters placed',
    'held-out',
  ]) {
    expect(all).toContain(control);
  }
});
