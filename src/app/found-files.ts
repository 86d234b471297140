/** What a person chose or dropped: files of folders within folders, as one model to open or as many networks to rank. */
import { type FileGroup, groupFiles, isModelName } from '../formats';
import type { FoundNetwork } from '../workers/rank-worker';

/** Lets an input choose a folder: React knows no such attribute. */
export const AS_FOLDER = { webkitdirectory: '' };

/** Weights may lie beside a model under any name; a folder of one model has some dozens of files. */
const MAX_BESIDE = 1000;

export interface FoundFile {
  /** From the folder that was chosen on. */
  readonly path: string;
  readonly file: File;
}

const isModel = ({ main }: FileGroup<FoundFile>) => isModelName(main.path);

/** The one model that the files hold between them, with everything beside it; undefined where they hold several. */
export function soleModel(files: readonly FoundFile[]): FoundFile[] | undefined {
  const groups = groupFiles(files, ({ path }) => path);
  const models = groups.length === 1 ? groups : groups.filter(isModel);
  if (models.length !== 1) return undefined;
  const [{ main, companions }] = models;
  const others = files.filter((file) => file !== main && !companions.includes(file));
  return [main, ...companions, ...others.slice(0, MAX_BESIDE)];
}

/** The networks that the files hold, to be ranked. */
export function networksAmong(files: readonly FoundFile[]): FoundNetwork[] {
  const named = ({ file }: FoundFile) => ({ name: file.name, blob: file });
  return groupFiles(files, ({ path }) => path).map(({ main, companions }) => ({
    path: main.path,
    file: named(main),
    companions: companions.map(named),
  }));
}

/** Files that were chosen, by folder or one by one. */
export const chosenFiles = (list: Iterable<File>): FoundFile[] =>
  [...list].map((file) => ({ path: file.webkitRelativePath || file.name, file }));

/** Files that were dropped, those in dropped folders too. */
export async function droppedFiles(
  dropped: readonly (FileSystemEntry | File | null)[],
): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  for (const one of dropped) {
    if (one instanceof File) found.push({ path: one.name, file: one });
    else if (one) found.push(...(await filesUnder(one)));
  }
  return found;
}

async function filesUnder(entry: FileSystemEntry): Promise<FoundFile[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => {
      (entry as FileSystemFileEntry).file(resolve, reject);
    });
    return [{ path: entry.fullPath.replace(/^\//, ''), file }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: FoundFile[] = [];
  for (;;) {
    // A hundred at a time, until there are no more.
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (entries.length === 0) return found;
    for (const files of await Promise.all(entries.map(filesUnder))) found.push(...files);
  }
}
