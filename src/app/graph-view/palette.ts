/** The colours that the canvas draws with, read from the page's custom properties: one place says what they are. */

export interface Palette {
  readonly background: string;
  readonly node: string;
  readonly nodeEdge: string;
  readonly bar: string;
  readonly text: string;
  readonly muted: string;
  readonly positive: string;
  readonly negative: string;
  readonly neutral: string;
  readonly accent: string;
}

export function readPalette(element: Element): Palette {
  const style = getComputedStyle(element);
  const read = (name: string) => style.getPropertyValue(name).trim();
  return {
    background: read('--canvas'),
    node: read('--node'),
    nodeEdge: read('--node-edge'),
    bar: read('--bar'),
    text: read('--text'),
    muted: read('--muted'),
    positive: read('--positive'),
    negative: read('--negative'),
    neutral: read('--neutral'),
    accent: read('--accent'),
  };
}
