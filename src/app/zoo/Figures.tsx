/** How well predictions agree with the truth, in large figures. */
import { type ReactNode, useMemo } from 'react';
import { type Agreement, agreement } from '../../tasks/agreement';
import { formatCount } from '../format';
import type { Point } from './Scatter';

export function useAgreement(points: readonly Point[]): Agreement {
  return useMemo(() => {
    const predicted = Float64Array.from(points, (point) => point.predicted);
    return agreement(
      predicted,
      Float64Array.from(points, ({ known }) => known),
    );
  }, [points]);
}

/** A share of 1, three digits, without the nought before the point. */
const figure = (value: number) =>
  Number.isFinite(value)
    ? value
        .toFixed(3)
        .replace(/^(-?)0/, '$1')
        .replace('-', '−')
    : '–';

const points = (share: number) => (Number.isFinite(share) ? (100 * share).toFixed(1) : '–');

/** The same for those who listen. */
export const agreementInWords = ({ count, r2, tau, meanError }: Agreement) =>
  `${formatCount(count)} networks, R² ${figure(r2)}, Kendall’s τ ${figure(tau)}, mean error ${points(meanError)} points`;

interface FiguresProps {
  readonly agreement: Agreement;
  /** Stands at the end of the line. */
  readonly children?: ReactNode;
}

export function Figures({ agreement: { count, r2, tau, meanError }, children }: FiguresProps) {
  return (
    <div className="figures">
      <dl aria-live="polite" data-testid="figures">
        <div title="Share of the accuracies’ variance that the predictions explain, among the networks shown">
          <dt>R²</dt>
          <dd>{figure(r2)}</dd>
        </div>
        <div title="Kendall’s τ-b: pairs of networks in the right order less those in the wrong one, as a share of all">
          <dt>Kendall τ</dt>
          <dd>{figure(tau)}</dd>
        </div>
        <div title="Mean distance between predicted and true accuracy">
          <dt>mean error</dt>
          <dd>
            {points(meanError)}
            {count > 0 && <small> points</small>}
          </dd>
        </div>
        <div>
          <dt>networks</dt>
          <dd>{formatCount(count)}</dd>
        </div>
      </dl>
      {children}
    </div>
  );
}
