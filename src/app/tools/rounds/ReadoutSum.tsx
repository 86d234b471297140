/** The last step: the parts of the readout, and the accuracy that their sum stands for. */
import type { NetworkTrace } from '../../../tasks';
import { formatPercent } from '../../format';
import { printedSum, rounded } from './printed-sum';
import { SumTable } from './SumTable';

const DECIMALS = 4;

const LABELS: Record<NetworkTrace['readout'][number]['source'], string> = {
  encodings: 'from the inputs, encoded',
  'last states': 'from the states after the last round',
  'global features': 'from how the weights are arranged',
};

export function ReadoutSum({ readout }: Pick<NetworkTrace, 'readout'>) {
  const logits = readout.map((part) => part.logit);
  const logit = logits.reduce((total, part) => total + part, 0);
  const values = printedSum(logits, logit, DECIMALS);
  return (
    <section className="followed">
      <h2>Readout</h2>
      <p className="muted small">
        Every layer is read as the mean and the deviation of its nodes and of its edges: here each has the
        colour of its mean. Small networks turn that, and how the weights are arranged, into one number each.
      </p>
      <SumTable
        caption="Logit of the accuracy"
        decimals={DECIMALS}
        rows={readout.map(({ source }, index) => ({ label: LABELS[source], value: values[index] }))}
        total={{ label: 'logit', value: rounded(logit, DECIMALS) }}
      />
      <p className="product">
        1 / (1 + e<sup>−logit</sup>) = <strong>{formatPercent(1 / (1 + Math.exp(-logit)))}</strong>
        <span className="muted"> predicted accuracy</span>
      </p>
    </section>
  );
}
