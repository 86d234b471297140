/** Models of other libraries that are protocol buffers, as ONNX's are: told by their fields, and what to do with them. */
import type { Field } from './wire';

interface ForeignModel {
  isMeant(fields: readonly Field[]): boolean;
  readonly what: string;
  readonly advice: string;
}

/** Core ML keeps the kind of a model in the number of its field, from here on. */
const FIRST_COREML_KIND = 200;

const FOREIGN: readonly ForeignModel[] = [
  {
    // schema version, graphs
    isMeant: ([version, ...graphs]) =>
      version?.number === 1 &&
      version.value === 1 &&
      graphs.length > 0 &&
      graphs.every(({ number, isBytes }) => number === 2 && isBytes),
    what: 'This is a SavedModel of TensorFlow',
    advice: 'Convert its folder to ONNX: python -m tf2onnx.convert --saved-model FOLDER --output model.onnx',
  },
  {
    // nodes
    isMeant: ([node]) => node?.number === 1 && node.isBytes,
    what: 'This is a graph of TensorFlow (a frozen model)',
    advice: 'Convert it to ONNX with tf2onnx (--graphdef), or to TensorFlow Lite.',
  },
  {
    isMeant: (fields) => fields.some(({ number, isBytes }) => isBytes && number >= FIRST_COREML_KIND),
    what: 'This is a model of Core ML',
    advice: 'Convert it to ONNX with onnxmltools, or export the network that it was made from.',
  },
];

export const foreignModel = (fields: readonly Field[]): ForeignModel | undefined =>
  FOREIGN.find(({ isMeant }) => isMeant(fields));
