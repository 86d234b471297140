/**
 * Reads TensorFlow.js models: a model.json beside files of weights. A layers model holds Keras's configuration and is
 * translated as that is; a graph model holds TensorFlow's operators.
 */
import type { FindFile } from '../choose-source';
import { Config, entry, type Json, readLayer } from '../keras/config';
import { translateModel } from '../keras/translate';
import { namedScope, withoutOutput } from '../keras/weights';
import type { ModelFile } from '../model-file';
import { translateGraph } from './graph-model';
import { readManifest } from './weights';

export const isTensorflowJs = (json: Json) =>
  entry(json, 'modelTopology') !== undefined || entry(json, 'weightsManifest') !== undefined;

/** Reads a parsed model.json. Throws FormatError. */
export async function readTensorflowJs(
  json: Json,
  { name, byteLength }: { readonly name: string; readonly byteLength: number },
  findFile: FindFile,
): Promise<ModelFile> {
  const outer = new Config(json);
  const topology = outer.config('modelTopology');
  const weights = readManifest(outer.get('weightsManifest'), findFile, name);
  const common = {
    format: 'tensorflow.js' as const,
    fileName: name,
    byteLength,
    producer: outer.text('convertedBy') || outer.text('generatedBy') || undefined,
    metadata: new Map<string, string>(),
  };
  const nodes = topology.get('node');
  if (nodes !== undefined) {
    const { program, tensors, warnings } = await translateGraph(nodes, weights.tensors, name);
    return {
      ...common,
      variant: 'graph model',
      tensors,
      program,
      warnings: [...warnings, ...weights.warnings],
    };
  }
  const model = readLayer(topology.get('model_config') ?? topology.json ?? null);
  const named = [...weights.tensors].map(([path, tensor]) => ({
    path: withoutOutput(path).split('/'),
    tensor,
  }));
  const { program, tensors, warnings } = translateModel(model, namedScope(named), name);
  return {
    ...common,
    variant: 'layers model',
    tensors,
    program,
    warnings: [...warnings, ...weights.warnings],
  };
}
