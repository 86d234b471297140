/** The network's measures, each beside how well it ranks networks whose accuracy is known; the metanet's prediction first. */
import { type MeasuredLayer, NETWORK_MEASURES, type NetworkMeasure, networkQuality } from '../../../quality';
import type { Verdict } from '../../../tasks';
import { formatCount, formatPercent } from '../../format';
import { formatMeasure, formatTau } from './format-measure';
import { loadRankingFigures, usePublished } from './published';

interface MeasureTableProps {
  readonly layers: readonly MeasuredLayer[];
  readonly verdict: Verdict | undefined;
}

export function MeasureTable({ layers, verdict }: MeasureTableProps) {
  const { value: figures, error } = usePublished(loadRankingFigures);
  const quality = networkQuality(layers);
  const tauOf = (id: NetworkMeasure) => figures?.weights.find((one) => one.id === id)?.tau;
  const own = figures?.metanets[0];
  const rows = (Object.keys(NETWORK_MEASURES) as NetworkMeasure[])
    .map((id) => ({ id, words: NETWORK_MEASURES[id], shown: formatMeasure(quality[id]), tau: tauOf(id) }))
    .sort((a, b) => Math.abs(b.tau ?? 0) - Math.abs(a.tau ?? 0));
  return (
    <>
      {error && <p className="refusal">{error}</p>}
      <table className="trust-table">
        <caption className="visually-hidden">Measures of the whole network</caption>
        <thead>
          <tr>
            <th scope="col">mean over layers</th>
            <th scope="col" className="number">
              here
            </th>
            <th scope="col" className="number" colSpan={2}>
              <abbr title="Kendall’s rank correlation with true accuracy">τ</abbr> in the zoo
            </th>
          </tr>
        </thead>
        <tbody>
          {own && (
            <Row
              words={`${own.name}’s prediction`}
              shown={verdict ? formatPercent(verdict.accuracy) : '–'}
              tau={own.tau}
              isOwn
            />
          )}
          {rows.map(({ id, ...row }) => (
            <Row key={id} {...row} />
          ))}
        </tbody>
      </table>
      {figures && (
        <p className="muted small">
          τ: how far a measure puts {formatCount(figures.networks)} held-out networks of the zoo in the order
          of their true accuracy. 1 the same order, −1 reversed, 0 no order. Logarithms are to base 10.
        </p>
      )}
    </>
  );
}

interface RowProps {
  readonly words: string;
  readonly shown: string;
  readonly tau: number | undefined;
  readonly isOwn?: boolean;
}

function Row({ words, shown, tau, isOwn }: RowProps) {
  return (
    <tr className={isOwn ? 'own' : undefined}>
      <th scope="row">{words}</th>
      <td className="number">{shown}</td>
      <td className="number">{formatTau(tau)}</td>
      <td className="tau-cell">
        <svg className="tau-bar" viewBox="0 0 40 8" preserveAspectRatio="none" aria-hidden="true">
          <rect className={(tau ?? 0) < 0 ? 'negative' : ''} width={40 * Math.abs(tau ?? 0)} height={8} />
        </svg>
      </td>
    </tr>
  );
}
