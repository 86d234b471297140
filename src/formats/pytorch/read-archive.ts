/**
 * Reads what torch.save writes since PyTorch 1.6, and TorchScript archives: a zip with a pickle of the object (data.pkl)
 * and one entry for every storage (data/0, data/1, …). A TorchScript archive also holds code, which is not run, and
 * constants.
 */
import { type ByteSource, memorySource } from '../byte-source';
import { FormatError } from '../format-error';
import type { ModelFile } from '../model-file';
import { type Pickle, type PickleSession, pickleSession, unpickle, withDanger } from '../pickle';
import { entrySource, readEntry, STORED, type ZipArchive, type ZipEntry } from '../zip';
import { damagedTensor, type FindStorage, parseStorageId, partOf } from './storage';
import { tensorReader } from './tensors';
import { type Contents, toModelFile } from './to-model-file';
import { readSavedNames } from './torch-script';
import { newWalk, tensorsBelow } from './walk';

/** Inflated at once, where somebody has packed the archive anew; as it is written it is not deflated. */
const MAX_DEFLATED_PICKLE_BYTES = 64 * 2 ** 20;
/** Pickles beside the object itself that are looked at for what they import. */
const MAX_OTHER_PICKLES = 16;
/** "little" or "big". */
const MAX_BYTE_ORDER_BYTES = 16;

const folderOf = (name: string) => name.slice(0, name.lastIndexOf('/') + 1);
const isObjectPickle = (name: string) => name.slice(name.lastIndexOf('/') + 1) === 'data.pkl';

/** Opens an archive that holds a data.pkl. Throws FormatError. */
export async function readPytorchArchive(archive: ZipArchive): Promise<ModelFile> {
  const session = pickleSession();
  try {
    return await readContents(archive, session);
  } catch (error) {
    throw withDanger(error, session.imports);
  }
}

async function readContents(archive: ZipArchive, session: PickleSession): Promise<ModelFile> {
  const { entries, source } = archive;
  const object = objectPickle(archive);
  const folder = folderOf(object.name);
  await checkByteOrder(archive, entries.get(`${folder}byteorder`));
  const { value } = await readPickle(archive, object, session);
  const constants = entries.get(`${folder}constants.pkl`);
  const frozen = constants ? (await readPickle(archive, constants, session)).value : null;
  await noteOtherImports(archive, [object, constants], session);
  const plain: Contents = {
    source,
    variant: constants ? 'TorchScript archive' : 'zip archive',
    root: value,
    findStorage: storagesIn(archive, `${folder}data/`),
    session,
  };
  if (!constants) return toModelFile(plain);
  if (Array.isArray(frozen) && hasNoTensors(plain)) {
    return toModelFile({
      ...plain,
      root: new Map(frozen.map((constant, index) => [`c${index}`, constant])),
      findStorage: storagesIn(archive, `${folder}constants/`),
      warnings: ['The module was frozen (torch.jit.freeze): its tensors have lost their names.'],
    });
  }
  return toModelFile({ ...plain, savedNames: await readSavedNames(archive, `${folder}code/`) });
}

/** PyTorch takes the folder of the first entry to be the archive's. */
function objectPickle({ entries, source }: ZipArchive): ZipEntry {
  const [first] = entries.keys();
  const candidates = [...entries.values()].filter(({ name }) => isObjectPickle(name));
  const object = candidates.find(({ name }) => first.startsWith(folderOf(name))) ?? candidates[0];
  if (!object) throw damagedTensor('The archive holds no data.pkl', source.name);
  return object;
}

async function checkByteOrder(archive: ZipArchive, entry: ZipEntry | undefined): Promise<void> {
  if (!entry || entry.byteLength > MAX_BYTE_ORDER_BYTES) return;
  const order = new TextDecoder().decode(await readEntry(archive, entry));
  if (order.trim() === 'little') return;
  throw new FormatError(
    'The file was written on a machine that stores its numbers the other way round (big-endian)',
    archive.source.name,
    'Load it with PyTorch on an ordinary machine and save it again.',
  );
}

async function readPickle(archive: ZipArchive, entry: ZipEntry, session: PickleSession): Promise<Pickle> {
  if (entry.method === STORED) return await unpickle(entrySource(archive, entry), 0, session);
  if (entry.byteLength > Math.min(MAX_DEFLATED_PICKLE_BYTES, session.bytesLeft)) {
    throw new FormatError(
      `The archive claims a pickle of ${entry.byteLength} bytes`,
      `"${entry.name}" in ${archive.source.name}`,
      'Unpack the archive and pack it again without compression.',
    );
  }
  return await unpickle(memorySource(await readEntry(archive, entry), archive.source.name), 0, session);
}

/** Pickles that are not used here count all the same for what they would do in Python: there they may be. */
async function noteOtherImports(
  archive: ZipArchive,
  used: readonly (ZipEntry | undefined)[],
  session: PickleSession,
): Promise<void> {
  const others = [...archive.entries.values()].filter(
    (entry) => /\.(pkl|pickle)$/i.test(entry.name) && !used.includes(entry),
  );
  for (const entry of others.slice(0, MAX_OTHER_PICKLES)) {
    try {
      await readPickle(archive, entry, session);
    } catch (error) {
      // What such a pickle holds is of no use here, so it may be broken; its imports up to there are on the list.
      if (!(error instanceof FormatError)) throw error;
    }
  }
}

function storagesIn(archive: ZipArchive, folder: string): FindStorage {
  const { source } = archive;
  const sources = new Map<string, ByteSource>();
  return (id) => {
    const parsed = parseStorageId(id, source.name);
    const entry = parsed && archive.entries.get(folder + parsed.key);
    if (!parsed || !entry) {
      throw damagedTensor(
        `The values of a tensor (storage "${parsed?.key.slice(0, 80) ?? '?'}") are not in the file`,
        source.name,
      );
    }
    const stored = sources.get(parsed.key) ?? entrySource(archive, entry);
    sources.set(parsed.key, stored);
    if (parsed.byteLength > stored.byteLength) {
      throw damagedTensor(
        `A tensor needs ${parsed.byteLength} bytes of storage "${parsed.key.slice(0, 80)}", which has ${stored.byteLength}`,
        source.name,
      );
    }
    return partOf(
      { source: stored, offset: 0, byteLength: stored.byteLength, dataType: parsed.dataType },
      parsed,
    );
  };
}

function hasNoTensors({ root, findStorage, source }: Contents): boolean {
  return tensorsBelow(newWalk(tensorReader(findStorage, source.name), source.name), root).length === 0;
}
