/** A zip archive to a ModelFile: which reader wants it is decided by its entries. */
import type { ByteSource } from './byte-source';
import { FormatError } from './format-error';
import type { ModelFile } from './model-file';
import { readZip, type ZipArchive } from './zip';

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
];

/** Archives that are known and not read: what they are, what to do. */
const FOREIGN: readonly { isMeant: ArchiveFormat['isMeant']; what: string; advice: string }[] = [
  {
    isMeant: (names) => names.includes('config.json') && names.some((name) => name.endsWith('.weights.h5')),
    what: 'This is a Keras archive (.keras)',
    advice: 'Convert it with tf2onnx.',
  },
  {
    isMeant: (names) => names.length > 0 && names.every((name) => name.endsWith('.npy')),
    what: 'This is an archive of NumPy arrays (.npz)',
    advice: 'Save its arrays with safetensors.',
  },
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

/** Opens a zip archive. Throws FormatError; `readable` says what can be read instead. */
export async function openArchive(source: ByteSource, readable: string): Promise<ModelFile> {
  const archive = await readZip(source);
  const names = [...archive.entries.keys()];
  const format = FORMATS.find(({ isMeant }) => isMeant(names));
  if (format) return await format.read(archive);
  const foreign = FOREIGN.find(({ isMeant }) => isMeant(names));
  throw new FormatError(
    foreign?.what ?? 'This is a zip archive, and nothing in it says that it is a model',
    source.name,
    `${readable} ${foreign?.advice ?? "If it holds a model's file, unpack it first."}`,
  );
}
