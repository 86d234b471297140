/**
 * A file of parameter graphs as arrays for PyTorch. It holds, for all networks one after the other:
 *   networks  [n, 3]   groups, blocks and depth of each network          names in the metadata, as JSON
 *   groups    [G, 5]   first node, nodes, depth, isSource (1 for bias and norm nodes), isOutput     facts in nodeFacts
 *   blocks    [B, 7]   source, target (groups of the network), pattern (0 dense, 1 grouped, 2 diagonal), parts, pairs,
 *                      isWeight, taps                                    facts in edgeFacts
 *   inputs    [P, 27]  edge inputs of every pair (src/metanets/edge-inputs.ts)
 *   order     [V, 6]   order features of every node
 *   values    [E, 1]   the parameters, by block, target, source and tap
 *   scales    [B, 1]   what a block's parameters are multiplied with before they become edge inputs
 */
import fs from 'node:fs';
import { isCarrier, isWeightBlock } from '../src/graph';
import { EDGE_INPUTS, edgeInputs } from '../src/metanets/edge-inputs';
import { EDGE_FACTS, NODE_FACTS } from '../src/metanets/facts';
import type { MetanetInput } from '../src/metanets/input';
import { ORDER_FEATURES } from '../src/metanets/order';

const PATTERNS = ['dense', 'grouped', 'diagonal'];

/** Grows as arrays are appended; typed arrays of unknown final length. */
class Column {
  readonly #parts: (Float32Array | Int32Array)[] = [];
  #length = 0;

  constructor(
    readonly type: 'F32' | 'I32',
    readonly width: number,
  ) {}

  push(part: Float32Array | Int32Array): void {
    this.#parts.push(part);
    this.#length += part.length;
  }

  get shape(): number[] {
    return [this.#length / this.width, this.width];
  }

  get byteLength(): number {
    return this.#length * 4;
  }

  write(file: number): void {
    for (const part of this.#parts)
      fs.writeSync(file, new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  }
}

function writeSafetensors(
  path: string,
  columns: Record<string, Column>,
  metadata: Record<string, string>,
): void {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const [name, column] of Object.entries(columns)) {
    header[name] = {
      dtype: column.type,
      shape: column.shape,
      data_offsets: [offset, offset + column.byteLength],
    };
    offset += column.byteLength;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const padded = new Uint8Array(Math.ceil(text.length / 8) * 8).fill(32);
  padded.set(text);
  const file = fs.openSync(path, 'w');
  fs.writeSync(file, new Uint8Array(BigUint64Array.of(BigInt(padded.length)).buffer));
  fs.writeSync(file, padded);
  for (const column of Object.values(columns)) column.write(file);
  fs.closeSync(file);
}

export class GraphFile {
  readonly names: string[] = [];
  readonly #columns = {
    networks: new Column('I32', 3),
    groups: new Column('I32', 5),
    blocks: new Column('I32', 7),
    nodeFacts: new Column('F32', NODE_FACTS),
    edgeFacts: new Column('F32', EDGE_FACTS),
    inputs: new Column('F32', EDGE_INPUTS),
    order: new Column('F32', ORDER_FEATURES),
    values: new Column('F32', 1),
    scales: new Column('F32', 1),
  };

  add(name: string, { graph, values, scales, nodeFacts, edgeFacts, order }: MetanetInput): void {
    const { groups, blocks } = graph;
    const columns = this.#columns;
    this.names.push(name);
    columns.networks.push(Int32Array.of(groups.length, blocks.length, graph.depth));
    for (const { first, count, depth, kind, isOutput } of groups)
      columns.groups.push(Int32Array.of(first, count, depth, Number(isCarrier(kind)), Number(isOutput)));
    columns.order.push(order);
    columns.nodeFacts.push(nodeFacts);
    columns.edgeFacts.push(edgeFacts);
    columns.scales.push(scales);
    blocks.forEach((block, index) => {
      const { source, target, pattern, groups: parts, pairCount, taps } = block;
      columns.blocks.push(
        Int32Array.of(
          source,
          target,
          PATTERNS.indexOf(pattern),
          parts,
          pairCount,
          Number(isWeightBlock(block)),
          taps,
        ),
      );
      columns.values.push(values[index]);
      columns.inputs.push(edgeInputs(block, values[index], scales[index]));
    });
  }

  write(path: string): void {
    writeSafetensors(path, this.#columns, { names: JSON.stringify(this.names) });
  }
}
