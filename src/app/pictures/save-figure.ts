/**
 * A chart of the page as a picture to keep. Its parts, vectors and canvases of dots, are put together as they lie on the page; what
 * style sheets say of the vectors is written into them, for nothing outside the file is there to say it.
 */
import { download } from '../download';
import type { PictureForm } from '../graph-view/save-picture';
import { dotsAsSvg } from './dots';

/** As SVG knows them as attributes: the page's rules keep it from writing style attributes. */
const LOOKS = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-opacity',
  'stroke-dasharray',
  'stroke-linecap',
  'stroke-linejoin',
  'opacity',
  'font-family',
  'font-size',
  'font-weight',
  'letter-spacing',
  'text-anchor',
  'paint-order',
  'visibility',
];

const MARGIN_PX = 12;

/** Saves the charts in an element; its canvases are those of drawDots. Throws an Error where the browser gives no canvas of that size. */
export async function saveFigure(figure: Element, name: string, form: PictureForm): Promise<void> {
  const parts = [...figure.querySelectorAll<SVGSVGElement | HTMLCanvasElement>('svg, canvas')].filter(
    (part) => !part.parentElement?.closest('svg'),
  );
  const boxes = parts.map((part) => part.getBoundingClientRect());
  const left = Math.min(...boxes.map((box) => box.left)) - MARGIN_PX;
  const top = Math.min(...boxes.map((box) => box.top)) - MARGIN_PX;
  const width = Math.max(...boxes.map((box) => box.right)) + MARGIN_PX - left;
  const height = Math.max(...boxes.map((box) => box.bottom)) + MARGIN_PX - top;
  const frame = new DOMRect(left, top, width, height);
  const svg = svgOf(parts, frame, backgroundOf(figure));
  if (form.type === 'svg') download(`${name}.svg`, svg, 'image/svg+xml');
  else download(`${name}.png`, await asPng(svg, frame, form.scale), 'image/png');
}

function svgOf(
  parts: readonly (SVGSVGElement | HTMLCanvasElement)[],
  { left, top, width, height }: DOMRect,
  background: string,
): string {
  const pieces = parts.map((part) => {
    const box = part.getBoundingClientRect();
    const place = `x="${box.left - left}" y="${box.top - top}" width="${box.width}" height="${box.height}"`;
    if (part instanceof HTMLCanvasElement) return `<svg ${place}>${dotsAsSvg(part)}</svg>`;
    const copy = styledCopy(part);
    for (const attribute of ['x', 'y', 'width', 'height', 'class']) copy.removeAttribute(attribute);
    return new XMLSerializer().serializeToString(copy).replace(/^<svg/, `<svg ${place}`);
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<rect width="100%" height="100%" fill="${background}"/>`,
    ...pieces,
    '</svg>',
  ].join('\n');
}

function styledCopy(element: SVGSVGElement): SVGSVGElement {
  const copy = element.cloneNode(true) as SVGSVGElement;
  const [originals, copies] = [element, copy].map((root) => [...root.querySelectorAll<SVGElement>('*')]);
  originals.forEach((original, index) => {
    const computed = getComputedStyle(original);
    for (const look of LOOKS) copies[index].setAttribute(look, computed.getPropertyValue(look));
    copies[index].removeAttribute('class');
  });
  return copy;
}

/** The first colour behind an element that is not transparent. */
function backgroundOf(element: Element): string {
  for (let at: Element | null = element; at; at = at.parentElement) {
    const { backgroundColor } = getComputedStyle(at);
    if (backgroundColor !== 'rgba(0, 0, 0, 0)' && backgroundColor !== 'transparent') return backgroundColor;
  }
  return 'white';
}

async function asPng(svg: string, { width, height }: DOMRect, scale: number): Promise<Blob> {
  const url = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = new OffscreenCanvas(Math.ceil(width * scale), Math.ceil(height * scale));
    const context = canvas.getContext('2d');
    if (!context) throw new Error('The browser gives no canvas of this size.');
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await canvas.convertToBlob({ type: 'image/png' });
  } finally {
    URL.revokeObjectURL(url);
  }
}
