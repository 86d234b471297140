/** How much two pictures of the page differ. */
import type { Page } from 'playwright/test';

const MEAN_DIFFERENCE = `async (a, b) => {
  const small = async (png) => {
    const image = await createImageBitmap(await (await fetch('data:image/png;base64,' + png)).blob());
    const canvas = new OffscreenCanvas(image.width >> 2, image.height >> 2);
    const context = canvas.getContext('2d');
    context.imageSmoothingQuality = 'high';
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return context.getImageData(0, 0, canvas.width, canvas.height).data;
  };
  const [left, right] = [await small(a), await small(b)];
  return left.reduce((sum, value, index) => sum + Math.abs(value - right[index]), 0) / left.length;
}`;

/**
 * A hundredth of the range. What may differ is softness and how crossing lines add up: the browser's own two ways of painting
 * a canvas differ by half of that.
 */
export const ALIKE = 2.55;

/** Mean difference of two PNG pictures (base64), of 255, after averaging over squares of 4 pixels: edges may be softened otherwise. */
export async function pictureDifference(page: Page, a: string, b: string): Promise<number> {
  // data: addresses are not for the page's own policy.
  const bare = await page.context().newPage();
  const difference = await bare.evaluate(`(${MEAN_DIFFERENCE})(${JSON.stringify(a)}, ${JSON.stringify(b)})`);
  await bare.close();
  return difference as number;
}
