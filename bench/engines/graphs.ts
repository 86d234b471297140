/** What the engines are compared on: the same graphs in the page and for PyTorch. */
import { chain, randomInput } from '../../src/engine/synthetic-graphs';
import { openModel } from '../../src/formats';
import type { ByteSource } from '../../src/formats/byte-source';
import { buildGraph, readAllValues } from '../../src/graph';
import { type MetanetInput, metanetInput } from '../../src/metanets/input';
import { readNetwork } from '../../src/network';

/** Widths of ResNet-18's layers as a chain of kernels: 1.2 million of them. */
const RESNET_18 = [
  3,
  ...Array(5).fill(64),
  ...Array(4).fill(128),
  ...Array(4).fill(256),
  ...Array(4).fill(512),
];

/** '100k', 'resnet18', or a sample's file, which `open` finds. */
export async function benchGraph(
  name: string,
  open: (sample: string) => Promise<ByteSource>,
): Promise<MetanetInput> {
  if (name === '100k') return randomInput(chain([64, 256, 256, 100], [3, 3]), 1);
  if (name === 'resnet18') return randomInput(chain(RESNET_18, [3, 3]), 1);
  const graph = buildGraph(await readNetwork(await openModel([await open(name)])));
  return metanetInput(graph, await readAllValues(graph.blocks, graph.groups));
}
