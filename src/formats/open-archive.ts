/**
 * A zip archive to a ModelFile: which reader wants it is decided by its entries. An archive that nobody wants may hold the
 * files of a model, which are opened as if they had been given by themselves.
 */
import type { ByteSource } from './byte-source';
import { isModelName, isTrainingState } from './choose-source';
import { FormatError } from './format-error';
import type { ModelFile } from './model-file';
import { heldSource, readZip, STORED, type ZipArchive, type ZipEntry } from './zip';

interface ArchiveFormat {
  isMeant(names: readonly string[]): boolean;
  read(archive: ZipArchive): Promise<ModelFile>;
}

/** The first that is meant reads the archive. Readers are loaded when there is something for them to read. */
const FORMATS: readonly ArchiveFormat[] = [
  {
    isMeant: (names) => names.some((name) => /(^|\/)data\.pkl$/.test(name)),
    read: async (archive) => (await import('./pytorch/read-archive')).readPytorchArchive(archive),
  },
  {
    isMeant: (names) =>
      names.some((name) => /(^|\/)config\.json$/.test(name)) &&
      names.some((name) => /(^|\/)model\.weights\.(h5|npz|json)$/.test(name)),
    read: async (archive) => (await import('./keras/read-keras')).readKerasArchive(archive),
  },
  {
    isMeant: (names) => names.length > 0 && names.every((name) => name.endsWith('.npy')),
    read: async (archive) => (await import('./numpy/read-numpy')).readNpz(archive),
  },
];

/** Archives that are known and not read: what they are, what to do. */
const FOREIGN: readonly { isMeant: ArchiveFormat['isMeant']; what: string; advice: string }[] = [
  {
    isMeant: (names) =>
      names.some((name) => /(^|\/)(archive_format|serialized_exported_program\.json)$/.test(name)),
    what: 'This is a torch.export archive (.pt2)',
    advice: 'Save the weights with torch.save(model.state_dict(), …).',
  },
  {
    isMeant: (names) =>
      names.some((name) => /(^|\/)model\.json$/.test(name)) &&
      names.some((name) => /(^|\/)tensors\//.test(name)),
    what: 'This is a TorchScript archive from before PyTorch 1.4',
    advice: 'Load it with torch.jit.load and save it again.',
  },
];

/** Opens files that lie in an archive. */
export type OpenFiles = (sources: readonly ByteSource[]) => Promise<ModelFile>;

/** Opens a zip archive. Throws FormatError; `readable` says what can be read instead. */
export async function openArchive(
  source: ByteSource,
  readable: string,
  openFiles: OpenFiles,
): Promise<ModelFile> {
  const archive = await readZip(source);
  const names = [...archive.entries.keys()];
  const format = FORMATS.find(({ isMeant }) => isMeant(names));
  if (format) return await format.read(archive);
  const foreign = FOREIGN.find(({ isMeant }) => isMeant(names));
  const files = foreign ? [] : filesIn(archive);
  if (files.length > 0) return await openWithin(archive, files, openFiles);
  throw new FormatError(
    foreign?.what ?? 'This is a zip archive, and nothing in it says that it is a model',
    source.name,
    foreign ? `${readable} ${foreign.advice}` : readable,
  );
}

/** A folder with a model has some dozens of files. */
const MAX_FILES = 10_000;
/** All that is packed may have to be unpacked at once. */
const MAX_DEFLATED_BYTES = 2 ** 30;

/** What a system leaves in folders, and folders themselves. */
const IS_CLUTTER = /(^|\/)(__MACOSX\/|\.|Thumbs\.db$)|\/$/;

/** The files of an archive that holds a model among others; none for one that does not. */
function filesIn(archive: ZipArchive): ZipEntry[] {
  const files = [...archive.entries.values()].filter(
    ({ name, isEncrypted, byteLength }) => !IS_CLUTTER.test(name) && !isEncrypted && byteLength > 0,
  );
  const hasModel = files.some(({ name }) => isModelName(name) || /(^|\/)[^/]*\.json$/i.test(name));
  return hasModel && files.length <= MAX_FILES ? files : [];
}

async function openWithin(
  archive: ZipArchive,
  files: readonly ZipEntry[],
  openFiles: OpenFiles,
): Promise<ModelFile> {
  const deflated = files
    .filter(({ method }) => method !== STORED)
    .reduce((total, { byteLength }) => total + byteLength, 0);
  if (deflated > MAX_DEFLATED_BYTES) {
    throw new FormatError(
      `The archive's files are compressed and would become ${deflated} bytes`,
      archive.source.name,
      'Unpack it first, and open the model itself.',
    );
  }
  const model = await openFiles(
    files.map((entry) => ({ ...heldSource(archive, entry, MAX_DEFLATED_BYTES), name: entry.name })),
  );
  const others = files.filter(
    ({ name }) => isModelName(name) && !isTrainingState(name) && name !== model.fileName,
  );
  const isShard = /(^|[-_.])\d+-of-\d+\.|shard|\.bin$/i;
  const models = others.filter(({ name }) => !isShard.test(name));
  if (models.length === 0) return model;
  const more =
    models.length === 1 ? `"${models[0].name}"` : `${models.length} other files that may be models`;
  return {
    ...model,
    warnings: [...model.warnings, `The archive also holds ${more}, left out here.`],
  };
}
