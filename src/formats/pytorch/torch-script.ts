/**
 * Which tensors of a TorchScript module are parameters and buffers, and so in its state_dict(): its code says so at the
 * head of every class. Of the code nothing else is looked at, and none is run.
 */
import { readEntry, type ZipArchive } from '../zip';

/** The names of the parameters and buffers of a class; undefined where the code does not tell. */
export type SavedNames = (className: string) => ReadonlySet<string> | undefined;

/** Generated code is small; what is beyond is not looked into. */
const MAX_CODE_BYTES = 8 * 2 ** 20;

const HEAD =
  /^class (\w+)\(Module\):\n {2}__parameters__ = \[([^\]\n]*)\]\n {2}__buffers__ = \[([^\]\n]*)\]/gm;

/** Reads the code of an archive; `folder` holds "__torch__/torch/nn/modules/linear.py" and the like. */
export async function readSavedNames(archive: ZipArchive, folder: string): Promise<SavedNames> {
  const names = new Map<string, ReadonlySet<string>>();
  let bytesLeft = MAX_CODE_BYTES;
  for (const file of archive.entries.values()) {
    if (!file.name.startsWith(folder) || !file.name.endsWith('.py') || file.byteLength > bytesLeft) continue;
    bytesLeft -= file.byteLength;
    const module = file.name.slice(folder.length, -'.py'.length).replaceAll('/', '.');
    const code = new TextDecoder().decode(await readEntry(archive, file));
    for (const [, className, parameters, buffers] of code.matchAll(HEAD)) {
      const quoted = `${parameters} ${buffers}`.matchAll(/"([^"]*)"/g);
      names.set(`${module}.${className}`, new Set([...quoted].map(([, name]) => name)));
    }
  }
  return (className) => names.get(className);
}
