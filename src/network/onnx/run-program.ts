/**
 * Runs the operators of a program in order over what each value *is*. One that is not understood is reported and its results
 * stay unknown; the rest goes on.
 */
import type { Operator } from '../../formats';
import { NotUnderstoodError } from '../activation';
import type { Lowering } from './lowering';
import { OperatorCall, UnknownInputError } from './operator-call';

export function runOperators(lowering: Lowering, operators: readonly Operator[]): void {
  for (const operator of operators) runOperator(lowering, operator);
}

/** An operator's type with its domain, unless that is ONNX's own. */
export const fullType = ({ domain, type }: Pick<Operator, 'domain' | 'type'>) =>
  domain ? `${domain}.${type}` : type;

function runOperator(lowering: Lowering, operator: Operator): void {
  const handler = lowering.handlers.get(fullType(operator));
  try {
    if (!handler) throw new NotUnderstoodError(`${fullType(operator)} is not read yet`);
    const inputs = operator.inputs.map((name) => (name ? lowering.values.get(name) : undefined));
    const missing = operator.inputs.findIndex((name, index) => name && !inputs[index]);
    if (missing >= 0)
      throw new NotUnderstoodError(`reads "${operator.inputs[missing]}", which nothing writes`);
    const results = handler(new OperatorCall(lowering, operator, inputs));
    operator.outputs.forEach((name, index) => {
      const result = results[index];
      if (name && result) lowering.values.set(name, result);
    });
  } catch (error) {
    if (!(error instanceof NotUnderstoodError)) throw error;
    reportNotUnderstood(lowering, operator, error);
  }
}

function reportNotUnderstood(lowering: Lowering, operator: Operator, error: NotUnderstoodError): void {
  const { name, type } = operator;
  const isRootCause = !(error instanceof UnknownInputError);
  if (isRootCause) lowering.notUnderstood.push({ operator: name, type, reason: error.message });
  const reason = isRootCause ? `${type} "${name}" ${error.message}` : error.message;
  for (const output of operator.outputs) {
    if (output) lowering.values.set(output, { kind: 'unknown', reason });
  }
  for (const input of operator.inputs) {
    const value = lowering.values.get(input);
    // Whatever it does with its channels may tell them apart.
    if (value?.kind === 'activation') lowering.keepOrder(value.channels);
    if (value?.kind === 'scores') for (const list of [value.queries, value.keys]) lowering.keepOrder(list);
    if (value?.kind !== 'constant' || !value.view) continue;
    const tensorName = value.view.tensor.name;
    if (!lowering.unplacedReasons.has(tensorName)) lowering.unplacedReasons.set(tensorName, reason);
  }
}
