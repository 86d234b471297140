/**
 * Records what is drawn as an SVG: the part of a canvas's context that the graph view uses, and no more. (Libraries for
 * this set inline styles, which the page's security policy forbids.)
 */

/** A canvas's context, as far as the graph view draws with it. */
export type DrawingContext = Pick<
  CanvasRenderingContext2D,
  | 'arc'
  | 'beginPath'
  | 'bezierCurveTo'
  | 'closePath'
  | 'fill'
  | 'fillRect'
  | 'fillStyle'
  | 'fillText'
  | 'font'
  | 'globalAlpha'
  | 'lineTo'
  | 'lineWidth'
  | 'measureText'
  | 'moveTo'
  | 'roundRect'
  | 'setLineDash'
  | 'stroke'
  | 'strokeStyle'
  | 'textAlign'
  | 'textBaseline'
>;

const ANCHORS: Partial<Record<CanvasTextAlign, string>> = { center: 'middle', right: 'end', end: 'end' };
const BASELINES: Partial<Record<CanvasTextBaseline, string>> = {
  top: 'text-before-edge',
  middle: 'central',
  bottom: 'text-after-edge',
};

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string) => text.replace(/[&<>"]/g, (character) => ESCAPES[character]);

/** Hundredths of a pixel are enough. */
const short = (value: number) => String(Math.round(100 * value) / 100);

export class SvgRecorder implements DrawingContext {
  fillStyle: CanvasRenderingContext2D['fillStyle'] = '#000';
  strokeStyle: CanvasRenderingContext2D['strokeStyle'] = '#000';
  lineWidth = 1;
  globalAlpha = 1;
  font = '10px sans-serif';
  textAlign: CanvasTextAlign = 'start';
  textBaseline: CanvasTextBaseline = 'alphabetic';
  readonly #elements: string[] = [];
  readonly #measure = new OffscreenCanvas(1, 1).getContext('2d');
  #path: string[] = [];
  #dash: readonly number[] = [];

  constructor(
    readonly width: number,
    readonly height: number,
  ) {}

  beginPath(): void {
    this.#path = [];
  }

  moveTo(x: number, y: number): void {
    this.#path.push(`M${short(x)} ${short(y)}`);
  }

  lineTo(x: number, y: number): void {
    this.#path.push(`L${short(x)} ${short(y)}`);
  }

  bezierCurveTo(x1: number, y1: number, x2: number, y2: number, x: number, y: number): void {
    this.#path.push(`C${[x1, y1, x2, y2, x, y].map(short).join(' ')}`);
  }

  /** Whole circles only: the graph view draws no other arcs. */
  arc(x: number, y: number, radius: number): void {
    const [r, left, right] = [short(radius), short(x - radius), short(x + radius)];
    this.#path.push(`M${right} ${short(y)}A${r} ${r} 0 1 1 ${left} ${short(y)}`);
    this.#path.push(`A${r} ${r} 0 1 1 ${right} ${short(y)}Z`);
  }

  roundRect(x: number, y: number, width: number, height: number, radii = 0): void {
    const r = Math.min(Number(radii), width / 2, height / 2);
    const corner = (dx: number, dy: number) => `a${short(r)} ${short(r)} 0 0 1 ${short(dx)} ${short(dy)}`;
    this.#path.push(`M${short(x + r)} ${short(y)}h${short(width - 2 * r)}${corner(r, r)}`);
    this.#path.push(`v${short(height - 2 * r)}${corner(-r, r)}h${short(2 * r - width)}${corner(-r, -r)}`);
    this.#path.push(`v${short(2 * r - height)}${corner(r, -r)}Z`);
  }

  closePath(): void {
    this.#path.push('Z');
  }

  setLineDash(dash: readonly number[]): void {
    this.#dash = dash;
  }

  fill(): void {
    this.#add('path', { d: this.#path.join(''), fill: this.fillStyle });
  }

  stroke(): void {
    this.#add('path', {
      d: this.#path.join(''),
      fill: 'none',
      stroke: this.strokeStyle,
      'stroke-width': short(this.lineWidth),
      'stroke-dasharray': this.#dash.length > 0 ? this.#dash.join(' ') : undefined,
    });
  }

  fillRect(x: number, y: number, width: number, height: number): void {
    this.#add('rect', { x, y, width, height, fill: this.fillStyle });
  }

  fillText(text: string, x: number, y: number): void {
    const [, style, size, family] = /^(.*?)([\d.]+px) (.*)$/.exec(this.font) ?? [];
    this.#add(
      'text',
      {
        x: short(x),
        y: short(y),
        fill: this.fillStyle,
        'font-family': family,
        'font-size': size,
        'font-style': style?.includes('italic') ? 'italic' : undefined,
        'font-weight': /\d+/.exec(style ?? '')?.[0],
        'text-anchor': ANCHORS[this.textAlign],
        'dominant-baseline': BASELINES[this.textBaseline],
      },
      text,
    );
  }

  measureText(text: string): TextMetrics {
    if (!this.#measure) throw new Error('The browser gives no canvas to measure text with.');
    this.#measure.font = this.font;
    return this.#measure.measureText(text);
  }

  #add(name: string, attributes: Readonly<Record<string, unknown>>, text = ''): void {
    const opacity = this.globalAlpha < 1 ? short(this.globalAlpha) : undefined;
    const written = Object.entries({ ...attributes, opacity }).flatMap(([key, value]) =>
      value === undefined ? [] : [`${key}="${escaped(String(value))}"`],
    );
    this.#elements.push(`<${name} ${written.join(' ')}>${escaped(text)}</${name}>`);
  }

  /** The whole file. */
  get svg(): string {
    const size = `width="${this.width}" height="${this.height}" viewBox="0 0 ${this.width} ${this.height}"`;
    return `<svg xmlns="http://www.w3.org/2000/svg" ${size}>\n${this.#elements.join('\n')}\n</svg>\n`;
  }
}
