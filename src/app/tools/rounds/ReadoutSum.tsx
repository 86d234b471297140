/** The last step: the two readouts, and the accuracy that their sum stands for. */
import type { NetworkTrace } from '../../../tasks';
import { formatPercent } from '../../format';
import { printedSum, rounded } from './printed-sum';
import { SumTable } from './SumTable';

const DECIMALS = 4;

export function ReadoutSum({ readout: { before, after } }: Pick<NetworkTrace, 'readout'>) {
  const logit = before + after;
  const [ofInputs, ofLast] = printedSum([before, after], logit, DECIMALS);
  return (
    <section className="followed">
      <h2>Readout</h2>
      <p className="muted small">
        Every layer is read as the mean and the deviation of its nodes and of its edges: here each has the
        colour of its mean. Two small networks turn that into one number each.
      </p>
      <SumTable
        caption="Logit of the accuracy"
        decimals={DECIMALS}
        rows={[
          { label: 'from the inputs, encoded', value: ofInputs },
          { label: 'from the states after the last round', value: ofLast },
        ]}
        total={{ label: 'logit', value: rounded(logit, DECIMALS) }}
      />
      <p className="product">
        1 / (1 + e<sup>−logit</sup>) = <strong>{formatPercent(1 / (1 + Math.exp(-logit)))}</strong>
        <span className="muted"> predicted accuracy</span>
      </p>
    </section>
  );
}
