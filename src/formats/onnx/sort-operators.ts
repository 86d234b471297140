/** Puts operators into an order in which each reads only what was written before it. Most files have them so. */
import { FormatError } from '../format-error';
import type { Operator, Program } from '../model-file';

/** Everything that an operator and the bodies it holds read. What a body writes itself does no harm among it. */
function namesRead({ inputs, attributes }: Operator): readonly string[] {
  const names = [...inputs];
  const addBody = (program: Program) => {
    for (const operator of program.operators) names.push(...namesRead(operator));
    for (const { name } of program.outputs) names.push(name);
  };
  for (const attribute of attributes.values()) if (attribute.kind === 'program') addBody(attribute.value);
  return names;
}

/** Throws FormatError where operators wait for one another in a circle. */
export function sortOperators(operators: readonly Operator[], fileName: string): readonly Operator[] {
  const writerOf = new Map<string, number>();
  operators.forEach(({ outputs }, index) => {
    for (const name of outputs) writerOf.set(name, index);
  });
  const needs = operators.map((operator) => {
    const writers = namesRead(operator).map((name) => writerOf.get(name));
    return writers.filter((writer) => writer !== undefined);
  });
  if (needs.every((writers, index) => writers.every((writer) => writer < index))) return operators;
  const sorted: Operator[] = [];
  const state = new Uint8Array(operators.length); // 1: waits for others, 2: placed
  for (const first of operators.keys()) {
    const waiting = [first];
    while (waiting.length > 0) {
      const index = waiting[waiting.length - 1];
      const missing = state[index] === 2 ? [] : needs[index].filter((writer) => state[writer] !== 2);
      if (missing.length > 0 && state[index] === 0) {
        state[index] = 1;
        if (missing.some((writer) => state[writer] === 1)) throw circle(operators[index], fileName);
        waiting.push(...missing.reverse());
      } else {
        if (missing.length > 0) throw circle(operators[index], fileName);
        if (state[index] !== 2) sorted.push(operators[index]);
        state[index] = 2;
        waiting.pop();
      }
    }
  }
  return sorted;
}

const circle = ({ type, name }: Operator, fileName: string) =>
  new FormatError(
    `Operators wait for one another's results in a circle`,
    `${fileName}, ${type} "${name}"`,
    'The file is damaged; export it again.',
  );
