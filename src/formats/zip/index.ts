export { readZip, STORED, type ZipArchive, type ZipEntry } from './directory';
export { entrySource, heldSource, readEntry } from './entry-source';
