/**
 * What every reader returns: the tensors of a file and, where the format has one, the program that uses them.
 * Names come from the file and are not to be trusted: they live in Maps, never as object keys.
 */
import type { ByteSource } from './byte-source';
import type { StoredTensor } from './tensor';

export interface ModelFile {
  readonly format:
    | 'onnx'
    | 'safetensors'
    | 'pytorch'
    | 'tflite'
    | 'gguf'
    | 'keras'
    | 'numpy'
    | 'tensorflow.js';
  /** Which of a format's forms this is, in words, where it has several: "zip archive", "TorchScript archive". */
  readonly variant?: string;
  readonly fileName: string;
  readonly byteLength: number;
  /** ONNX: the file itself, of which a copy with other weights can be made. */
  readonly source?: ByteSource;
  /** The program that wrote the file, e.g. "pytorch 2.0.1". */
  readonly producer?: string;
  /** Version of ONNX's default operator set. */
  readonly opset?: number;
  readonly metadata: ReadonlyMap<string, string>;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Names of tensors that the file lists and that are not read; a warning says why. */
  readonly refused?: ReadonlySet<string>;
  /** Absent where the format holds tensors only. */
  readonly program?: Program;
  /** Without a program: entries of the config.json that was dropped beside the tensors, or what the file says itself. */
  readonly settings?: ReadonlyMap<string, unknown>;
  /**
   * Without a program: pictures are flattened with their channels last, as Keras does it, so that a linear layer behind a
   * picture reads height, width, channel in this order. Otherwise it reads channel, height, width.
   */
  readonly isChannelsLast?: boolean;
  /** Things worth telling, in whole sentences. */
  readonly warnings: readonly string[];
  /**
   * What loading the file in Python would import, and what it would call: all of it, harmless or not. Absent for
   * formats that cannot do such a thing. Nothing of it is imported or called here.
   */
  readonly pythonImports?: readonly PythonImport[];
}

/** A dangerous import can run code or reach files, programs and connections; an unknown one is on no list. */
export type ImportRisk = 'none' | 'unknown' | 'dangerous';

/** A function or class that a file names. The texts come from the file. */
export interface PythonImport {
  /** "posix.system". */
  readonly name: string;
  readonly risk: ImportRisk;
  /** The first call of it, as Python would write it and shortened: `posix.system("echo")`. Absent if only imported. */
  readonly call?: string;
}

/**
 * Operators in an order in which each reads only what was written before it. A name means one value in the whole file,
 * also within the bodies of branches and loops.
 */
export interface Program {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly operators: readonly Operator[];
}

export interface ValueInfo {
  readonly name: string;
  /** A number, or the name of a size that is only known when the network runs. Undefined where the file is silent. */
  readonly shape: readonly (number | string)[] | undefined;
  readonly elementType: number;
  /** Which axis holds the channels, where the format or its program tells. */
  readonly channelAxis?: number;
}

export interface Operator {
  readonly name: string;
  readonly type: string;
  /** Empty for ONNX's own operators. */
  readonly domain: string;
  /** An empty name is an optional input that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
}

export type Attribute =
  | { kind: 'number'; value: number }
  | { kind: 'numbers'; value: readonly number[] }
  | { kind: 'text'; value: string }
  | { kind: 'texts'; value: readonly string[] }
  | { kind: 'tensor'; value: StoredTensor }
  /** The body of a branch or loop. It may read whatever the program around it has written before. */
  | { kind: 'program'; value: Program }
  /** A part of ONNX that no operator here uses: lists of tensors or programs, types. */
  | { kind: 'other' };
