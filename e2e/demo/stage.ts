/** Where a demo is played: the page, with a caption under what happens, slow enough to follow. */
import path from 'node:path';
import type { Locator, Page } from 'playwright';

const PICTURES = path.join(import.meta.dirname, '../pictures');

export class Stage {
  constructor(
    readonly page: Page,
    /** Where the page is served. */
    readonly origin: string,
    /** What a caption is given to be read. */
    readonly pauseMs: number,
  ) {}

  /** Opens the page anew, at an address within it, and waits for its verdict. */
  async open(address = ''): Promise<void> {
    await this.page.goto('about:blank'); // the hash alone would not open it anew
    await this.page.goto(new URL(address, this.origin).href);
    await this.page.getByTestId('accuracy').waitFor();
    const offer = this.page.getByRole('button', { name: 'No tour' });
    if (await offer.isVisible()) await offer.click();
    await this.settled();
  }

  /** Says what comes, does it, and gives time to look at it. */
  async scene(words: string, act: () => Promise<unknown>): Promise<void> {
    await this.#caption(words);
    await act();
    await this.settled();
    await this.page.waitForTimeout(this.pauseMs);
  }

  /** Lines are painted in slices, verdicts and outputs computed: no picture of half of them. */
  async settled(): Promise<void> {
    for (const busy of ['[data-testid="graph"][aria-busy="true"]', '.verdict[aria-busy="true"]'])
      await this.page.locator(busy).waitFor({ state: 'detached' });
  }

  async click(target: Locator): Promise<void> {
    await target.scrollIntoViewIfNeeded();
    await target.click();
  }

  /** A picture for the README, without the caption. */
  async picture(name: string): Promise<void> {
    await this.#caption('');
    await this.page.screenshot({ path: path.join(PICTURES, `${name}.png`) });
  }

  tool(name: string): Promise<void> {
    return this.click(this.page.getByRole('tab', { name, exact: true }));
  }

  async #caption(words: string): Promise<void> {
    if (words) console.log(`  ${words}`);
    await this.page.evaluate(showCaption, words);
  }
}

/** Runs in the page. Its policy forbids style sheets that are not its own; styles of an element are set one by one. */
function showCaption(words: string): void {
  const id = 'demo-caption';
  const caption = document.getElementById(id) ?? document.createElement('div');
  caption.id = id;
  caption.textContent = words;
  Object.assign(caption.style, {
    position: 'fixed',
    zIndex: '1000',
    left: '50%',
    bottom: '64px',
    maxWidth: '720px',
    padding: '10px 18px',
    borderRadius: '10px',
    color: '#fff',
    background: 'rgb(0 0 0 / 0.82)',
    font: '600 17px / 1.4 system-ui, sans-serif',
    textAlign: 'center',
    transform: 'translateX(-50%)',
    pointerEvents: 'none',
    display: words ? 'block' : 'none',
  });
  document.body.append(caption);
}
