/**
 * What a person chose or dropped, as networks to be ranked: files of folders within folders, each with the files that may
 * hold its external data.
 */
import type { FoundNetwork } from '../../workers/rank-worker';

export interface FoundFile {
  /** From the folder that was chosen on. */
  readonly path: string;
  readonly file: File;
}

const isHidden = (path: string) => path.split('/').some((part) => part.startsWith('.'));

/**
 * Exporters call the external data of "net.onnx" "net.onnx.data" or "net.onnx_data": such a file belongs to its network.
 * Every other file is taken for a network, whatever its name; the reader says if it is none.
 */
export function networksAmong(files: readonly FoundFile[]): FoundNetwork[] {
  const visible = files.filter(({ path }) => !isHidden(path));
  const byPath = new Map(visible.map((found) => [found.path, found]));
  const ownerOf = ({ path }: FoundFile) => {
    const owner = path.match(/^(.*\.onnx)[._][^/]+$/i)?.[1];
    return owner === undefined ? undefined : byPath.get(owner);
  };
  const companions = new Map<FoundFile, FoundFile[]>();
  for (const found of visible) {
    const owner = ownerOf(found);
    if (owner) companions.set(owner, [...(companions.get(owner) ?? []), found]);
  }
  const named = ({ file }: FoundFile) => ({ name: file.name, blob: file });
  return visible
    .filter((found) => !ownerOf(found))
    .map((found) => ({
      path: found.path,
      file: named(found),
      companions: (companions.get(found) ?? []).map(named),
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
