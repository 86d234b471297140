/** ggml's tensor types: how many elements make a block of how many bytes, and how a block is decoded. */
import type { ElementType } from '../tensor';
import {
  type DecodeBlock,
  decodeIq4Nl,
  decodeMxfp4,
  decodeQ4With0,
  decodeQ4With1,
  decodeQ5With0,
  decodeQ5With1,
  decodeQ8With0,
  decodeQ8With1,
} from './blocks';
import {
  decodeIq4Xs,
  decodeQ2K,
  decodeQ3K,
  decodeQ4K,
  decodeQ5K,
  decodeQ6K,
  decodeQ8K,
  decodeTq1,
  decodeTq2,
  K,
} from './k-blocks';

export type GgmlType =
  | { readonly kind: 'plain'; readonly name: string; readonly type: ElementType }
  | {
      readonly kind: 'blocks';
      readonly name: string;
      readonly blockElements: number;
      readonly blockBytes: number;
      readonly decode: DecodeBlock;
    }
  /** A type that is known and not decoded. */
  | {
      readonly kind: 'unread';
      readonly name: string;
      readonly blockElements: number;
      readonly blockBytes: number;
    };

const plain = (name: string, type: ElementType): GgmlType => ({ kind: 'plain', name, type });
const unread = (name: string, blockElements: number, blockBytes: number): GgmlType => ({
  kind: 'unread',
  name,
  blockElements,
  blockBytes,
});
const blocks = (name: string, blockElements: number, blockBytes: number, decode: DecodeBlock): GgmlType => ({
  kind: 'blocks',
  name,
  blockElements,
  blockBytes,
  decode,
});

/** By the number in the file. Numbers that are missing here belonged to types that ggml has removed. */
export const GGML_TYPES: ReadonlyMap<number, GgmlType> = new Map([
  [0, plain('F32', 'float32')],
  [1, plain('F16', 'float16')],
  [2, blocks('Q4_0', 32, 18, decodeQ4With0)],
  [3, blocks('Q4_1', 32, 20, decodeQ4With1)],
  [6, blocks('Q5_0', 32, 22, decodeQ5With0)],
  [7, blocks('Q5_1', 32, 24, decodeQ5With1)],
  [8, blocks('Q8_0', 32, 34, decodeQ8With0)],
  [9, blocks('Q8_1', 32, 36, decodeQ8With1)],
  [10, blocks('Q2_K', K, 84, decodeQ2K)],
  [11, blocks('Q3_K', K, 110, decodeQ3K)],
  [12, blocks('Q4_K', K, 144, decodeQ4K)],
  [13, blocks('Q5_K', K, 176, decodeQ5K)],
  [14, blocks('Q6_K', K, 210, decodeQ6K)],
  [15, blocks('Q8_K', K, 292, decodeQ8K)],
  [16, unread('IQ2_XXS', K, 66)],
  [17, unread('IQ2_XS', K, 74)],
  [18, unread('IQ3_XXS', K, 98)],
  [19, unread('IQ1_S', K, 50)],
  [20, blocks('IQ4_NL', 32, 18, decodeIq4Nl)],
  [21, unread('IQ3_S', K, 110)],
  [22, unread('IQ2_S', K, 82)],
  [23, blocks('IQ4_XS', K, 136, decodeIq4Xs)],
  [24, plain('I8', 'int8')],
  [25, plain('I16', 'int16')],
  [26, plain('I32', 'int32')],
  [27, plain('I64', 'int64')],
  [28, plain('F64', 'float64')],
  [29, unread('IQ1_M', K, 56)],
  [30, plain('BF16', 'bfloat16')],
  [34, blocks('TQ1_0', K, 54, decodeTq1)],
  [35, blocks('TQ2_0', K, 66, decodeTq2)],
  [39, blocks('MXFP4', 32, 17, decodeMxfp4)],
  [40, unread('NVFP4', 64, 36)],
  [41, unread('Q1_0', 128, 18)],
]);
