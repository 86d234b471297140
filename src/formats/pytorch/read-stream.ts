/**
 * Reads what torch.save wrote before PyTorch 1.6: a magic number, a version, facts about the machine, the object and
 * the keys of its storages, each a pickle of its own, then the storages. Also a plain pickle of arrays (pickle.dump).
 */
import { type ByteSource, PagedReader } from '../byte-source';
import { FormatError } from '../format-error';
import type { ModelFile } from '../model-file';
import {
  type Pickle,
  type PickleSession,
  type PickleValue,
  pickleSession,
  unpickle,
  withDanger,
} from '../pickle';
import {
  damagedTensor,
  type FindStorage,
  parseStorageId,
  partOf,
  type Storage,
  type StorageId,
} from './storage';
import { toModelFile } from './to-model-file';

const MAGIC_NUMBER = 0x1950a86a20f9469cfc6cn;
const PROTOCOL_VERSION = 1001;
/** Between the counts lie the values: pages are so short that little of these is read, and small ones are passed over. */
const COUNT_PAGE_BYTES = 4096;

/** Opens a file that begins with a pickle. Throws FormatError. */
export async function readPickleStream(source: ByteSource): Promise<ModelFile> {
  const session = pickleSession();
  try {
    const first = await unpickle(source, 0, session);
    return first.value === MAGIC_NUMBER
      ? await readTorchStream(source, first.end, session)
      : toModelFile({
          source,
          variant: 'plain pickle',
          root: first.value,
          findStorage: noStorage(source),
          session,
        });
  } catch (error) {
    throw withDanger(isOfJoblib(session) ? joblibError(source) : error, session.imports);
  }
}

/** joblib writes the bytes of an array right behind the instruction that makes it, where Python's own reader looks for the next. */
const isOfJoblib = ({ imports }: PickleSession) =>
  imports.all.some(({ name }) => name === 'joblib.numpy_pickle.NumpyArrayWrapper');

const joblibError = (source: ByteSource) =>
  new FormatError(
    'This is a file of joblib, whose arrays lie between the instructions of a pickle',
    source.name,
    'Load it with joblib.load and save its arrays with numpy.savez, or the object with pickle.dump.',
  );

async function readTorchStream(
  source: ByteSource,
  start: number,
  session: PickleSession,
): Promise<ModelFile> {
  const version = await unpickle(source, start, session);
  if (version.value !== PROTOCOL_VERSION) {
    throw new FormatError(
      "The file has a version of PyTorch's old format that is not known",
      source.name,
      'Load it with the PyTorch that wrote it, and save its state_dict() with torch.save of today.',
    );
  }
  const machine = await unpickle(source, version.end, session);
  const pickle = await unpickle(source, machine.end, session);
  const keys = await unpickle(source, pickle.end, session);
  return toModelFile({
    source,
    variant: 'stream from before PyTorch 1.6',
    root: pickle.value,
    findStorage: await findStorages(source, pickle, keys),
    session,
  });
}

/** Behind the keys, each storage: how many elements (8 bytes), then the elements, always little-endian. */
async function findStorages(source: ByteSource, pickle: Pickle, keys: Pickle): Promise<FindStorage> {
  if (!Array.isArray(keys.value)) throw damagedTensor('The file does not list what it stores', source.name);
  const wanted = new Map<string, StorageId>();
  for (const id of pickle.persistentIds) {
    const parsed = parseStorageId(id, source.name);
    if (parsed && !wanted.has(parsed.key)) wanted.set(parsed.key, parsed);
  }
  const storages = new Map<string, Storage>();
  const reader = new PagedReader(source, COUNT_PAGE_BYTES);
  let position = keys.end;
  for (const value of keys.value) {
    const key = typeof value === 'object' ? '' : String(value);
    const expected = wanted.get(key);
    if (!expected || storages.has(key)) {
      throw damagedTensor('The file stores values that belong to no tensor', source.name);
    }
    const { dataType } = expected;
    const elementCount = await readCount(reader, position);
    const byteLength = elementCount * dataType.bytes;
    const offset = position + 8;
    if (byteLength < expected.byteLength || offset + byteLength > source.byteLength) {
      throw new FormatError(
        'The stored values end before they should',
        `byte ${offset} of ${source.name}`,
        'The file was cut short; download or copy it again.',
      );
    }
    storages.set(key, { source, offset, byteLength, dataType });
    position = offset + byteLength;
  }
  return (id) => {
    const parsed = parseStorageId(id, source.name);
    const storage = parsed && storages.get(parsed.key);
    if (!parsed || !storage) throw damagedTensor("A tensor's values are not in the file", source.name);
    return partOf({ ...storage, dataType: parsed.dataType }, parsed);
  };
}

/** Zero at the end of the file: then what is missing is told with the storage. */
async function readCount(reader: PagedReader, position: number): Promise<number> {
  if (position + 8 > reader.source.byteLength) return 0;
  const bytes = await reader.window(position, 8);
  return Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
}

function noStorage(source: ByteSource): FindStorage {
  return (_: PickleValue) => {
    throw damagedTensor('The pickle keeps its values outside the file', source.name);
  };
}
