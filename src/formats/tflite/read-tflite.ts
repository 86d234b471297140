/**
 * Reads TensorFlow Lite (LiteRT): a FlatBuffer with one graph of operators, or several. Weights stay in the file; integers
 * that stand for real numbers are decoded to those when they are asked for.
 */
import { type ByteSource, sliceSource } from '../byte-source';
import { FormatError } from '../format-error';
import type { ModelFile } from '../model-file';
import { RefusedTensors } from '../refused-tensors';
import { FlatBuffer, type Table } from './flatbuffer';
import { TfliteModel } from './model';
import { BUFFER, METADATA, MODEL } from './schema';
import { Translation } from './translate';

/** Opens a TensorFlow Lite file. Throws FormatError. */
export async function readTflite(source: ByteSource): Promise<ModelFile> {
  const refused = new RefusedTensors();
  const model = await TfliteModel.open(source, refused);
  const translation = new Translation(model);
  const program = await translation.run();
  const metadata = await readMetadata(model);
  const description = await model.root.text(MODEL.description);
  if (description) metadata.set('description', description);
  const version = metadata.get(TENSORFLOW_VERSION);
  return {
    format: 'tflite',
    fileName: source.name,
    byteLength: source.byteLength,
    producer: version ? `TensorFlow ${version}` : description || undefined,
    metadata,
    tensors: translation.tensors,
    program,
    warnings: [...refused.warnings, ...translation.warnings],
  };
}

const MAX_METADATA = 1000;
/** Entries that are a text. */
const TEXTS = ['min_runtime_version', 'keywords'];
/** The entry that says what converted the model: a FlatBuffer of its own. */
const CONVERSION = 'CONVERSION_METADATA';
const TENSORFLOW_VERSION = 'TensorFlow version';

async function readMetadata({ root, context }: TfliteModel): Promise<Map<string, string>> {
  const metadata = new Map<string, string>();
  for (const entry of await root.tables(MODEL.metadata, MAX_METADATA)) {
    const name = await entry.text(METADATA.name);
    const place = context.buffers[entry.uint32(METADATA.buffer)];
    if (place === undefined) continue;
    const buffer = await context.file.table(place);
    if (TEXTS.includes(name)) metadata.set(name, (await buffer.text(BUFFER.data)).replace(/\0.*$/s, ''));
    if (name === CONVERSION) {
      const version = await tensorflowVersion(buffer);
      if (version) metadata.set(TENSORFLOW_VERSION, version);
    }
  }
  return metadata;
}

/** ConversionMetadata → environment (0) → tensorflow_version (0). */
async function tensorflowVersion(buffer: Table): Promise<string> {
  const place = await buffer.vector(BUFFER.data, 1);
  if (!place?.count) return '';
  const file = new FlatBuffer(sliceSource(buffer.file.source, place.start, place.count));
  try {
    const root = await file.table(await file.follow(0));
    return (await (await root.table(0))?.text(0)) ?? '';
  } catch (error) {
    // A model is none the worse for an entry about its making that cannot be read.
    if (error instanceof FormatError) return '';
    throw error;
  }
}
