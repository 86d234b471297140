/**
 * What every reader returns: the tensors of a file and, where the format has one, the program that uses them.
 * Names come from the file and are not to be trusted: they live in Maps, never as object keys.
 */
import type { StoredTensor } from './tensor';

export interface ModelFile {
  readonly format: 'onnx' | 'safetensors';
  readonly fileName: string;
  readonly byteLength: number;
  /** The program that wrote the file, e.g. "pytorch 2.0.1". */
  readonly producer?: string;
  /** Version of ONNX's default operator set. */
  readonly opset?: number;
  readonly metadata: ReadonlyMap<string, string>;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Absent where the format holds tensors only. */
  readonly program?: Program;
  /** Things worth telling, in whole sentences. */
  readonly warnings: readonly string[];
}

/** Operators in an order in which each reads only what was written before it. */
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
  | { kind: 'tensor'; value: StoredTensor }
  /** A part of ONNX that this version does not use (subgraphs, lists of texts, sparse tensors). */
  | { kind: 'other' };
