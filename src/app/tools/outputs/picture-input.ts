/** A picture as a network's input: scaled to the size that it reads, each channel with mean 0 and deviation 1. */
import type { NetworkValue } from '../../../workers/network-runner';

/** Where a picture's channels, rows and columns are, among the axes of an input; undefined if it takes no pictures. */
export function pictureAxes(inputs: readonly NetworkValue[]) {
  const [input] = inputs;
  if (inputs.length !== 1 || input.shape.length !== 4 || input.shape[0] !== 1) return undefined;
  const [, first, second, third] = input.shape;
  const isColour = (count: number) => count === 1 || count === 3;
  if (isColour(first)) return { channels: first, height: second, width: third, isChannelsLast: false };
  return isColour(third)
    ? { channels: third, height: first, width: second, isChannelsLast: true }
    : undefined;
}

/** `inputs`: random ones of the same shapes. Throws an Error, with a sentence, where the file is no picture. */
export async function pictureInput(
  file: File,
  inputs: readonly NetworkValue[],
): Promise<readonly NetworkValue[]> {
  const axes = pictureAxes(inputs);
  if (!axes) throw new Error('This network reads no single picture of one or three channels.');
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new Error(`"${file.name}" is no picture that this browser can read.`);
  });
  const { channels, height, width, isChannelsLast } = axes;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('This browser gives the page no canvas to scale the picture on.');
  // As large as it must be to cover all, and centred.
  const scale = Math.max(width / bitmap.width, height / bitmap.height);
  const [shownWidth, shownHeight] = [bitmap.width * scale, bitmap.height * scale];
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, (width - shownWidth) / 2, (height - shownHeight) / 2, shownWidth, shownHeight);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  const area = width * height;
  const values = new Float32Array(channels * area);
  for (let channel = 0; channel < channels; channel++) {
    const levels = standardised(
      Float32Array.from({ length: area }, (_, pixel) =>
        channels === 3
          ? data[4 * pixel + channel]
          : (data[4 * pixel] + data[4 * pixel + 1] + data[4 * pixel + 2]) / 3,
      ),
    );
    levels.forEach((level, pixel) => {
      values[isChannelsLast ? pixel * channels + channel : channel * area + pixel] = level;
    });
  }
  return [{ ...inputs[0], values }];
}

function standardised(levels: Float32Array): Float32Array {
  const mean = levels.reduce((sum, level) => sum + level, 0) / levels.length;
  const variance = levels.reduce((sum, level) => sum + (level - mean) ** 2, 0) / levels.length;
  const deviation = Math.sqrt(variance) || 1;
  return levels.map((level) => (level - mean) / deviation);
}
