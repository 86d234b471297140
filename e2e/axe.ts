/** axe-core looks at the page: at every screen, in the dark and by light. */
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from 'playwright/test';

type ColorScheme = 'dark' | 'light';

/** By light only contrast is looked at, which is the same at any width. */
export const LOOKS: readonly (readonly [ColorScheme, number])[] = [
  ['dark', 1400],
  ['dark', 420],
  ['light', 1400],
];

/** Its "legacy" mode leaves out frames, of which the page has none. */
export async function expectAccessible(page: Page, colorScheme: ColorScheme, screen = ''): Promise<void> {
  const builder = new AxeBuilder({ page }).setLegacyMode();
  if (colorScheme === 'light') builder.withRules(['color-contrast']);
  const { violations } = await builder.analyze();
  expect(violations.map(({ id, nodes }) => `${screen}: ${id}: ${nodes[0].html}`)).toEqual([]);
}

/** What is open now, in the dark and then by light. */
export async function expectAccessibleInBoth(page: Page): Promise<void> {
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    await expectAccessible(page, colorScheme);
  }
}

/** One screen after the other; each is shown from the one before. */
export async function expectAllAccessible(
  page: Page,
  colorScheme: ColorScheme,
  screens: Readonly<Record<string, () => Promise<unknown>>>,
): Promise<void> {
  for (const [screen, show] of Object.entries(screens)) {
    await show();
    await page.waitForTimeout(300);
    await expectAccessible(page, colorScheme, screen);
  }
}
