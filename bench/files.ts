/** The models in a folder on disk. */
import fs from 'node:fs';
import path from 'node:path';
import { groupFiles } from '../src/formats/index.ts';

export interface Model {
  /** Relative to the folder that was walked. */
  readonly name: string;
  /** The model and the files beside it that it may need. */
  readonly files: readonly string[];
}

/** The models of a folder and of those within, in the order of their names. */
export function modelsIn(folder: string): Model[] {
  const files = fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'))
    .sort();
  return groupFiles(files, (file) => file).map(({ main, companions }) => ({
    name: main,
    files: [main, ...companions].map((file) => path.join(folder, file)),
  }));
}
