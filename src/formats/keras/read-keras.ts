/**
 * Reads Keras's files: .keras archives, whole models in HDF5, and weights alone in HDF5. With a configuration the layers are
 * translated into a program; without one the file is a state dict.
 */
import type { ByteSource } from '../byte-source';
import { FormatError } from '../format-error';
import type { ModelFile } from '../model-file';
import { isFloatingPoint, type StoredTensor } from '../tensor';
import { heldSource, readEntry, type ZipArchive, type ZipEntry } from '../zip';
import { isModel, isObject, type Json, parseJson, readLayer } from './config';
import { findImports } from './hazards';
import { stateDict } from './state-dict';
import { translateModel } from './translate';
import { descend, listOf, readTree, type Tree, type TreeNode, textOf } from './tree';
import { type NamedWeight, namedScope, type Scope, treeScope, withoutOutput } from './weights';

/** Unpacked at once where somebody has packed the archive anew; as Keras writes it, it is not deflated. */
const MAX_DEFLATED_WEIGHTS_BYTES = 512 * 2 ** 20;
const MAX_CONFIG_BYTES = 64 * 2 ** 20;
const MAX_METADATA_BYTES = 2 ** 20;

/** Names within a .keras archive, which may lie in a folder. */
const CONFIG = /(^|\/)config\.json$/;
const WEIGHTS = /(^|\/)model\.weights\.h5$/;

/** Opens a .keras archive. Throws FormatError. */
export async function readKerasArchive(archive: ZipArchive): Promise<ModelFile> {
  const { source } = archive;
  const entries = [...archive.entries.values()];
  const config = entries.find(({ name }) => CONFIG.test(name));
  const weights = entries.find(({ name }) => WEIGHTS.test(name));
  if (!config || !weights) {
    throw new FormatError(
      'The archive keeps its weights in a form that is not read',
      `Keras archive ${source.name}`,
      'Save the model again with model.save("model.keras"), in one piece.',
    );
  }
  const json = parseJson(await readText(archive, config, MAX_CONFIG_BYTES), `config.json in ${source.name}`);
  const notes = entries.find(({ name }) => name === config.name.replace(/config\.json$/, 'metadata.json'));
  const about = notes
    ? parseJson(await readText(archive, notes, MAX_METADATA_BYTES), `metadata.json in ${source.name}`)
    : null;
  const tree = await readTree(heldSource(archive, weights, MAX_DEFLATED_WEIGHTS_BYTES));
  const facts = { ...readFacts(about), variant: 'archive' };
  return wholeModel(json, treeScope(tree.root), tree, source, facts);
}

async function readText(archive: ZipArchive, entry: ZipEntry, maxBytes: number): Promise<string> {
  if (entry.byteLength > maxBytes) {
    throw new FormatError(
      `The archive claims ${entry.byteLength} bytes of description`,
      `"${entry.name}" in ${archive.source.name}`,
      'The file is damaged; save the model again.',
    );
  }
  return new TextDecoder().decode(await readEntry(archive, entry));
}

/** Opens an HDF5 file. Throws FormatError. */
export async function readKerasHdf5(source: ByteSource): Promise<ModelFile> {
  const tree = await readTree(source);
  const { root } = tree;
  const group = root.children.get('model_weights') ?? root;
  const [version, backend] = ['keras_version', 'backend'].map(
    (name) => textOf(root, name) ?? textOf(group, name),
  );
  const facts: Facts = { version, backend };
  const text = textOf(root, 'model_config');
  if (text !== undefined) {
    const json = parseJson(text, `model_config in ${source.name}`);
    return wholeModel(json, namedScope(namedWeights(group)), tree, source, { ...facts, variant: 'HDF5' });
  }
  return weightsAlone(tree, source, facts);
}

/**
 * Opens a configuration that lies beside its weights: an unpacked archive, or what model.to_json() gave. Throws FormatError.
 */
export async function readKerasJson(
  json: Json,
  source: ByteSource,
  others: readonly ByteSource[],
): Promise<ModelFile> {
  for (const other of others) {
    if (!(await isHdf5(other))) continue;
    const tree = await readTree(other);
    const { root } = tree;
    const group = root.children.get('model_weights') ?? root;
    const scope = listOf(group, 'layer_names') ? namedScope(namedWeights(group)) : treeScope(root);
    const version = textOf(group, 'keras_version');
    return wholeModel(json, scope, tree, other, { version, variant: 'configuration and weights' });
  }
  throw new FormatError(
    'The file is the configuration of a Keras model and holds no weights',
    source.name,
    'Drop it together with the weights (.weights.h5 or .h5).',
  );
}

const HDF5_MARK = '\x89HDF';

async function isHdf5(source: ByteSource): Promise<boolean> {
  const head = await source.read(0, Math.min(HDF5_MARK.length, source.byteLength));
  return String.fromCharCode(...head) === HDF5_MARK;
}

/** Every weight of a legacy file, by the names that its groups list. */
function namedWeights(group: TreeNode): NamedWeight[] {
  return [...group.children].flatMap(([layerName, layer]) => {
    const names = listOf(layer, 'weight_names') ?? [];
    return names.flatMap((name) => {
      const tensor = descend(layer, name)?.tensor;
      return tensor ? [{ path: [layerName, ...withoutOutput(name).split('/')], tensor }] : [];
    });
  });
}

interface Facts {
  readonly version?: string;
  readonly backend?: string;
  readonly date?: string;
  readonly variant?: string;
}

function readFacts(about: Json): Facts {
  const text = (name: string) => {
    const value = isObject(about) ? about[name] : undefined;
    return typeof value === 'string' ? value : undefined;
  };
  return { version: text('keras_version'), date: text('date_saved') };
}

function wholeModel(json: Json, scope: Scope, tree: Tree, source: ByteSource, facts: Facts): ModelFile {
  const model = readLayer(json);
  const pythonImports = findImports(json);
  if (!isModel(model)) {
    // A class of the author's own: what it computes stands in its code, not in the file.
    const alone = weightsAlone(tree, source, facts);
    const what = `The model is of the class "${model.className.slice(0, 80)}", whose code is not in the file; only its weights are.`;
    return { ...alone, variant: facts.variant, warnings: [what, ...alone.warnings], pythonImports };
  }
  const { program, tensors, warnings } = translateModel(model, scope, source.name);
  const metadata = metadataOf(facts);
  metadata.set('class', model.className);
  if (model.name !== '') metadata.set('name', model.name);
  return {
    ...common(source, facts),
    metadata,
    tensors,
    program,
    warnings: [...warnings, ...tree.warnings],
    pythonImports,
  };
}

function weightsAlone(tree: Tree, source: ByteSource, facts: Facts): ModelFile {
  const tensors = stateDict(tree.root);
  if (![...tensors.values()].some(isWeight)) {
    throw new FormatError(
      'The file holds no network: none of its datasets is a weight',
      `HDF5 file ${source.name}`,
      'Open a file that Keras has written: model.save("model.keras").',
    );
  }
  return {
    ...common(source, { ...facts, variant: 'weights' }),
    metadata: metadataOf(facts),
    tensors,
    isChannelsLast: true,
    warnings: tree.warnings,
  };
}

const isWeight = ({ shape, type, elementCount }: StoredTensor) =>
  shape.length > 1 && elementCount > 0 && isFloatingPoint(type);

const common = (source: ByteSource, { version, backend, variant }: Facts) => ({
  format: 'keras' as const,
  variant,
  fileName: source.name,
  byteLength: source.byteLength,
  producer: version && `Keras ${version}${backend ? ` on ${backend}` : ''}`,
});

function metadataOf({ date }: Facts): Map<string, string> {
  return new Map(date ? [['saved', date]] : []);
}
