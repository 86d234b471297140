/**
 * What a program does first with the axes of an input: if it moves them, it says where the channels were. Before that it may
 * change the numbers, each by itself or at the edges (scales, means, padding).
 */

interface Reader<Value> {
  readonly type: string;
  readonly outputs: readonly Value[];
}

/** Preprocessing is no longer. */
const MAX_STEPS = 16;

/** The first operator behind an input that is none of `keepsAxes`, and the value that it reads. */
export function readerBehind<Value, Operator extends Reader<Value>>(
  input: Value,
  readerOf: (value: Value) => Operator | undefined,
  keepsAxes: ReadonlySet<string>,
): { reader?: Operator; as: Value } {
  let [reader, as] = [readerOf(input), input];
  for (let step = 0; reader && keepsAxes.has(reader.type) && step < MAX_STEPS; step++) {
    as = reader.outputs[0];
    reader = readerOf(as);
  }
  return { reader, as };
}
