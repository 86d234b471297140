/**
 * The parameters themselves, for metanets that know nothing of the graph.
 */
import type { BlockShape, EdgeKind } from '../graph';
import type { MetanetInput } from './input';

const CONSTANT_KINDS: ReadonlySet<EdgeKind> = new Set(['residual', 'gate', 'head']);

/** Residuals, gates and heads are edges without a parameter. */
export const holdsParameters = ({ kind }: Pick<BlockShape, 'kind'>) => !CONSTANT_KINDS.has(kind);

/** The values of every block that holds parameters, in the order of the graph. */
export function parameterBlocks({ graph, values }: MetanetInput): Float32Array[] {
  return values.filter((_, index) => holdsParameters(graph.blocks[index]));
}
