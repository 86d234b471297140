/** A program that a person can run to get the page's number without the page. */
import type { ImportReport } from '../../tasks';

/** How the tensors of a file are had in Python, under the names that the report lists. */
const LOADERS: Partial<
  Record<ImportReport['file']['format'], { packages: string; code: (file: string) => string }>
> = {
  onnx: {
    packages: 'onnx',
    code: (file) =>
      `import onnx
from onnx import numpy_helper

tensors = {t.name: numpy_helper.to_array(t) for t in onnx.load(${file}).graph.initializer}`,
  },
  safetensors: {
    packages: 'safetensors',
    code: (file) => `from safetensors.numpy import load_file

tensors = load_file(${file})`,
  },
};

/** A Python string literal: a file's name is not to be trusted. JSON's strings are Python's. */
const literal = (text: string) => JSON.stringify(text);

/** Undefined for formats whose tensors Python does not give under the same names. `metanet`: the exported GMN's file. */
export function pythonSnippet(
  { name, format }: ImportReport['file'],
  metanet: string,
  accuracy: number,
): string | undefined {
  const loader = LOADERS[format];
  if (!loader) return undefined;
  return `# pip install numpy onnxruntime ${loader.packages}
import numpy as np
import onnxruntime as ort
${loader.code(literal(name))}
gmn = ort.InferenceSession(${literal(metanet)})
feed = {i.name: tensors[i.name].astype(np.float32) for i in gmn.get_inputs()}
accuracy = gmn.run(["accuracy"], feed)[0].item()
print(f"{accuracy:.4%}")  # the page says ${(100 * accuracy).toFixed(4)} %
`;
}
