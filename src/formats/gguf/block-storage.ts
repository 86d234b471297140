/** Values in blocks: any run of elements is decoded from the blocks that hold it, a megabyte or so at a time. */
import type { ByteSource } from '../byte-source';
import type { TensorStorage } from '../tensor';
import type { GgmlType } from './element-types';

type BlockType = Extract<GgmlType, { kind: 'blocks' }>;

/** Elements that are decoded from one read. A multiple of every block. */
const CHUNK_ELEMENTS = 2 ** 21;

export function blockStorage(source: ByteSource, offset: number, type: BlockType): TensorStorage {
  const { blockElements, blockBytes, decode } = type;

  /** Decodes whole blocks, from `firstBlock` on. */
  async function readBlocks(firstBlock: number, out: Float32Array): Promise<void> {
    const count = out.length / blockElements;
    const bytes = await source.read(offset + firstBlock * blockBytes, count * blockBytes);
    for (let block = 0; block < count; block++) {
      decode(bytes, block * blockBytes, out, block * blockElements);
    }
  }

  return {
    kind: 'encoded',
    async read(first, count) {
      const firstBlock = Math.floor(first / blockElements);
      const lead = first - firstBlock * blockElements;
      const blockCount = Math.ceil((lead + count) / blockElements);
      const decoded = new Float32Array(blockCount * blockElements);
      for (let start = 0; start < decoded.length; start += CHUNK_ELEMENTS) {
        await readBlocks(firstBlock + start / blockElements, decoded.subarray(start, start + CHUNK_ELEMENTS));
      }
      return decoded.length === count ? decoded : decoded.slice(lead, lead + count);
    },
  };
}
