/**
 * Runs a network in ONNX Runtime (WebAssembly, one thread). The runtime is loaded when the first network is, from our own files:
 * the page's policy allows no others.
 */
import type { Tensor as AnyTensor, InferenceSession } from 'onnxruntime-web';
import { FormatError } from '../formats';
import { encodeElements } from '../formats/encode-elements';
import { decodeElements } from '../formats/tensor';
import type { ImageNetwork } from '../images';

/** What an input is given, or an output has come to. float32 also where the network counts in other types. */
export interface NetworkValue {
  readonly name: string;
  readonly shape: readonly number[];
  /** Row-major, [product of shape]. */
  readonly values: Float32Array<ArrayBuffer>;
}

export interface NetworkResults {
  readonly outputs: readonly NetworkValue[];
  readonly milliseconds: number;
}

type Runtime = typeof import('onnxruntime-web');

/** Only errors are written to the console; those that matter are thrown, too. */
const ERRORS_ONLY = 3;

let runtime: Promise<Runtime> | undefined;

async function loadRuntime(url: string | undefined): Promise<Runtime> {
  const loaded = (await import('onnxruntime-web/wasm')) as unknown as Runtime;
  // More threads would be workers made of blobs, which the page's policy forbids.
  loaded.env.wasm.numThreads = 1;
  if (url !== undefined) loaded.env.wasm.wasmPaths = { wasm: url };
  return loaded;
}

export class NetworkRunner {
  #session: InferenceSession | undefined;
  #fileName = '';

  /** `runtimeUrl`: where the runtime's WebAssembly lies; beside its JavaScript where it is not told. */
  constructor(readonly runtimeUrl?: string) {}

  /** Prepares a network; the one before is forgotten. Throws FormatError where the runtime cannot run it. */
  async load(onnx: Uint8Array, fileName: string): Promise<void> {
    await this.destroy();
    runtime ??= loadRuntime(this.runtimeUrl);
    const { InferenceSession } = await runtime;
    this.#fileName = fileName;
    try {
      this.#session = await InferenceSession.create(onnx, {
        executionProviders: ['wasm'],
        logSeverityLevel: ERRORS_ONLY,
      });
    } catch (error) {
      throw this.#explain('The network cannot be prepared for running', error);
    }
  }

  /** Runs the network once. Outputs that are no lists of numbers are left out. Throws FormatError where the run fails. */
  async run(inputs: readonly NetworkValue[]): Promise<NetworkResults> {
    const session = this.#session;
    if (!session) throw new Error('No network is loaded.');
    const loaded = await (runtime as Promise<Runtime>);
    const feeds = new Map(inputs.map((input) => [input.name, tensorOf(session, input, loaded)]));
    try {
      const start = performance.now();
      const results = await session.run(Object.fromEntries(feeds));
      const milliseconds = performance.now() - start;
      const outputs = session.outputNames.flatMap((name) => networkValue(name, results[name]) ?? []);
      return { outputs, milliseconds };
    } catch (error) {
      throw this.#explain('The network stopped while it ran', error);
    }
  }

  /** The loaded network as one that reads images. Throws FormatError where it takes more than one array. */
  get imageNetwork(): ImageNetwork {
    const [input, ...others] = this.#session?.inputMetadata ?? [];
    if (!input?.isTensor || others.length > 0) {
      const what = 'The network takes more than one array of numbers, and images are one';
      throw new FormatError(what, this.#fileName, 'Open a network that reads images.');
    }
    return {
      inputShape: input.shape,
      run: async (shape, values) => {
        const { outputs } = await this.run([{ name: input.name, shape, values }]);
        return outputs[0]?.values ?? new Float32Array(0);
      },
    };
  }

  async destroy(): Promise<void> {
    await this.#session?.release();
    this.#session = undefined;
  }

  #explain(what: string, error: unknown): FormatError {
    const text = error instanceof Error ? error.message : String(error);
    return new FormatError(`${what}: ${reasonOf(text)}`, this.#fileName, adviceFor(text));
  }
}

/** The runtime's message without its codes and source lines, one sentence long. */
function reasonOf(text: string): string {
  const unsupported =
    /Could not find an implementation for (\S+?)\((\d+)\)(?: node with name '([^']*)')?/.exec(text);
  if (unsupported) {
    const [, type, version, node] = unsupported;
    return `ONNX Runtime has no operator ${type} (version ${version})${node ? `, which "${node}" is` : ''}`;
  }
  const plain = text
    .replace(/^.*?ERROR_MESSAGE:\s*/s, '')
    .replace(/^.*?\[ONNXRuntimeError\][^:]*:[^:]*:[^:]*:\s*/s, '')
    .replace(/\S*\/onnxruntime\/\S+\s*/g, '')
    .split('\n')[0];
  return plain.slice(0, 300).replace(/[.\s]+$/, '');
}

function adviceFor(text: string): string {
  if (/memory|bad_alloc|allocat/i.test(text))
    return 'The network is too large for this browser; close other pages or open a smaller one.';
  if (/INVALID_ARGUMENT|dimension|shape/i.test(text)) return 'Choose an input of another size.';
  return 'The rest of the page works without running it; to run it, export the network with other operators.';
}

/** What the runtime wants the elements of a type in. */
const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const;

type RunnableType = keyof typeof ARRAYS;

const isRunnable = (type: string): type is RunnableType => Object.hasOwn(ARRAYS, type);

function tensorOf(
  session: InferenceSession,
  { name, shape, values }: NetworkValue,
  { Tensor }: Runtime,
): AnyTensor {
  const metadata = session.inputMetadata[session.inputNames.indexOf(name)];
  const type = metadata?.isTensor && isRunnable(metadata.type) ? metadata.type : 'float32';
  const { buffer } = encodeElements(values, type);
  // The constructor's overloads are one for each type.
  return new Tensor(type as 'float32', new ARRAYS[type](buffer) as Float32Array, [...shape]);
}

function networkValue(name: string, { type, dims, data, size }: AnyTensor): NetworkValue | undefined {
  if (!isRunnable(type) || !ArrayBuffer.isView(data)) return undefined;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { name, shape: dims, values: decodeElements(bytes, type, size) };
}
