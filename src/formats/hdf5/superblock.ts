/** The beginning of an HDF5 file: how wide its addresses are, and where the root group is. Versions 0 to 3. */
import type { Metadata } from './metadata';

const SIGNATURE_BYTES = 8;
/** The longest superblock, without the signature. */
const SUPERBLOCK_BYTES = 100;

/** Reads the superblock and returns the address of the root group's header. */
export async function readSuperblock(metadata: Metadata): Promise<number> {
  const available = Math.min(SUPERBLOCK_BYTES, metadata.source.byteLength - SIGNATURE_BYTES);
  const block = await metadata.read(SIGNATURE_BYTES, available, 'The beginning of the file');
  const version = block.uint(1);
  if (version > 3) throw block.damaged(`The file has a superblock of version ${version}, which is not known`);
  const isOld = version < 2;
  if (isOld) block.skip(4);
  [metadata.offsetBytes, metadata.lengthBytes] = [block.uint(1), block.uint(1)];
  if (![metadata.offsetBytes, metadata.lengthBytes].every((bytes) => [2, 4, 8].includes(bytes))) {
    throw block.damaged('The file has addresses of an impossible width');
  }
  // Old: the shape of B-trees and flags; new: flags.
  block.skip(isOld ? 9 + (version === 1 ? 4 : 0) : 1);
  if (block.offset() !== 0) throw block.damaged('The file counts its addresses from another place');
  if (isOld) {
    // Free space, end of the file, driver; then the root's entry, which begins with its name.
    block.skip(4 * metadata.offsetBytes);
  } else {
    // The superblock's extension, end of the file.
    block.skip(2 * metadata.offsetBytes);
  }
  const root = block.offset();
  if (root === undefined) throw block.damaged('The file has no root group');
  return root;
}
