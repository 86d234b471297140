/** A program that a person can run to get the page's number without the page. */

/** How the tensors of a file are had in Python, under the names that the report lists. */
const LOADERS = {
  onnx: {
    packages: 'onnx',
    code: (file: string) =>
      `import onnx
from onnx import numpy_helper

tensors = {t.name: numpy_helper.to_array(t) for t in onnx.load(${file}).graph.initializer}`,
  },
  safetensors: {
    packages: 'safetensors',
    code: (file: string) => `from safetensors.numpy import load_file

tensors = load_file(${file})`,
  },
  /** Where some are of types that NumPy does not know. */
  'safetensors, by torch': {
    packages: 'safetensors torch',
    code: (file: string) => `from safetensors.torch import load_file

tensors = {name: t.float().numpy() for name, t in load_file(${file}).items()}`,
  },
} as const;

/** A file that Python has the tensors from. */
export interface TensorFile {
  readonly name: string;
  readonly loader: keyof typeof LOADERS;
}

const isOdd = (type: string) => /^(bfloat16|float8|float4|u?int[24]$)/.test(type);

export const safetensorsLoader = (types: readonly string[]): TensorFile['loader'] =>
  types.some(isOdd) ? 'safetensors, by torch' : 'safetensors';

/** How a file's tensors, of these types, are loaded in Python; undefined where it takes more than a line or two. */
export const loaderOf = (format: string, types: readonly string[]): TensorFile['loader'] | undefined =>
  format === 'safetensors' ? safetensorsLoader(types) : format === 'onnx' ? format : undefined;

/** A Python string literal: a file's name is not to be trusted. JSON's strings are Python's. */
const literal = (text: string) => JSON.stringify(text);

/** `metanet`: the exported GMN's file. */
export function pythonSnippet({ name, loader }: TensorFile, metanet: string, accuracy: number): string {
  const { packages, code } = LOADERS[loader];
  return `# pip install numpy onnxruntime ${packages}
import numpy as np
import onnxruntime as ort
${code(literal(name))}
gmn = ort.InferenceSession(${literal(metanet)})
feed = {i.name: tensors[i.name].astype(np.float32) for i in gmn.get_inputs()}
accuracy = gmn.run(["accuracy"], feed)[0].item()
print(f"{accuracy:.4%}")  # the page says ${(100 * accuracy).toFixed(4)} %
`;
}
