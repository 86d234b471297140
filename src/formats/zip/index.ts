export { readZip, STORED, type ZipArchive, type ZipEntry } from './directory';
export { entrySource, readEntry } from './entry-source';
