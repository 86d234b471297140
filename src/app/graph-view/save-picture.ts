/** The view as a picture to keep: pixels at any size, or vectors. What the page draws, by the same code. */
import { download, withoutEnding } from '../download';
import { drawPicture } from './draw';
import type { Scene } from './scene';
import { SvgRecorder } from './svg-recorder';
import type { View } from './view';

/** `scale`: pixels of the picture for one of the view. */
export type PictureForm = { readonly type: 'png'; readonly scale: number } | { readonly type: 'svg' };

/** More lines than these make files that programs choke on. */
const MAX_LINES = { png: 400_000, svg: 30_000 };

/** Saves the view as it stands: nothing is left out for being under way. */
export async function savePicture(
  scene: Scene,
  view: View,
  modelName: string,
  form: PictureForm,
): Promise<void> {
  const name = `${withoutEnding(modelName)}.${form.type}`;
  const whole = { ...view, lineCapacity: MAX_LINES[form.type] };
  if (form.type === 'svg') download(name, asSvg(scene, whole), 'image/svg+xml');
  else download(name, await asPng(scene, whole, form.scale), 'image/png');
}

async function asPng(scene: Scene, view: View, scale: number): Promise<Blob> {
  const canvas = new OffscreenCanvas(Math.round(view.width * scale), Math.round(view.height * scale));
  const context = canvas.getContext('2d');
  if (!context) throw new Error('The browser gives no canvas of this size.');
  context.scale(scale, scale);
  drawPicture(context, scene, view);
  return await canvas.convertToBlob({ type: 'image/png' });
}

function asSvg(scene: Scene, view: View): string {
  const recorder = new SvgRecorder(Math.round(view.width), Math.round(view.height));
  drawPicture(recorder, scene, view);
  return recorder.svg;
}
