import fs from 'node:fs';
import { expect, fixture, openBytes, openFiles, openPage, test } from './page.ts';

const whole = fs.readFileSync(fixture('mlp.old.onnx'));

/** A safetensors file by hand. */
function safetensors(header: string, data: Uint8Array = new Uint8Array(0)): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(header)));
  return Buffer.concat([length, Buffer.from(header), data]);
}

const layer = (name: string, shape: number[], start: number) =>
  `"${name}":{"dtype":"F32","shape":[${shape}],"data_offsets":[${start},${start + 4 * shape.reduce((a, b) => a * b)}]}`;

const pseudoRandom = Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7919 + 104729) % 251));

/** File name, content, what the page must say. */
const REFUSED: readonly [string, Buffer, RegExp][] = [
  ['empty.onnx', Buffer.alloc(0), /The file is empty/],
  ['truncated.onnx', whole.subarray(0, whole.length / 2), /damaged|beyond the message/],
  ['random.onnx', pseudoRandom, /not a model that can be read|damaged/],
  [
    'enormous.safetensors',
    safetensors(`{${layer('w', [1], 0).replace('[1]', '[1073741824,1073741824]')}}`, Buffer.alloc(4)),
    /more elements than any model/,
  ],
  ['photo.png', Buffer.from('\x89PNG\r\n\x1a\n and so on', 'latin1'), /not a model that can be read/],
  [
    'model.pt',
    Buffer.from('PK\x03\x04 and so on', 'latin1'),
    /zip archive has no directory at its end.*download or copy it again/,
  ],
  ['table.safetensors', safetensors(`{${layer('a', [4], 0)}}`, Buffer.alloc(16)), /holds no weight matrices/],
];

test('files that are none are refused in one sentence each, and the open model stays open', async ({
  page,
}) => {
  await openPage(page);
  const open = await page.getByRole('heading', { level: 1 }).textContent();
  for (const [name, content, message] of REFUSED) {
    await test.step(name, async () => {
      await openBytes(page, name, content);
      await expect(page.getByRole('alert')).toHaveText(message);
      await expect(page.getByRole('alert')).toContainText(name);
      await expect(page.getByRole('heading', { level: 1 })).toHaveText(open ?? '');
      await expect(page.getByTestId('accuracy')).toBeVisible();
      await page.getByRole('button', { name: 'Dismiss' }).click();
      await expect(page.getByRole('alert')).toBeHidden();
    });
  }
});

/** Files that open, and are not judged, or not whole. */
const NOT_JUDGED: readonly [string, () => Buffer, RegExp][] = [
  [
    'no-hidden-layer.safetensors',
    () => safetensors(`{${layer('w', [2, 3], 0)}}`, Buffer.alloc(24)),
    /no hidden layer/,
  ],
  [
    'not-a-number.safetensors',
    () => {
      const data = new Float32Array(4 * 3 + 2 * 4).fill(0.5);
      data[5] = Number.NaN;
      return safetensors(
        `{${layer('a.weight', [4, 3], 0)},${layer('b.weight', [2, 4], 48)}}`,
        Buffer.from(data.buffer),
      );
    },
    /1 of the 12 weights in "a.weight" is not finite/,
  ],
];

test('a network that cannot be judged is drawn, with the reason', async ({ page }) => {
  await openPage(page);
  for (const [name, make, message] of NOT_JUDGED) {
    await test.step(name, async () => {
      await openBytes(page, name, make());
      await expect(page.getByRole('heading', { level: 1 })).toHaveText(name);
      await expect(page.getByRole('region', { name: 'Verdict' })).toContainText(message);
    });
  }
});

test('an operator that is not understood is named, with what it hides', async ({ page }) => {
  await openPage(page);
  await openFiles(page, fixture('unknown-operator.onnx'));
  await page.getByTitle('How the file was read').click();
  await expect(page.getByRole('dialog')).toContainText(/Fancy.*is not read yet/);
  await expect(page.getByRole('dialog')).toContainText(/parameters are not on the graph/);
});

test('a graph without weights is refused for that reason', async ({ page }) => {
  await openPage(page);
  await openFiles(page, fixture('no-weights.onnx'));
  await expect(page.getByRole('alert')).toHaveText(/a graph of operators and no weights.*export_params=True/);
});
