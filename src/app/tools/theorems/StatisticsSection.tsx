/** Proposition 3: a metanet with constructed weights adds up the statistics that StatNN reads. */
import { useEffect, useState } from 'react';
import type { ComparedStatistics } from '../../../tasks';
import { formatCount, formatLarge } from '../../format';
import { useApp } from '../../store';
import { formatDifference } from '../outputs/Readings';
import { Asked } from './Asked';
import { askStatistics } from './asking';
import { formatDigits } from './format-numbers';
import { useTheorems } from './theorem-store';

const NAMES = ['mean', 'variance', 'minimum', 'lower quartile', 'median', 'upper quartile', 'maximum'];

/** Asked at once where it takes a few seconds. */
const MAX_UNASKED_PARAMETERS = 60_000;

/** More would take many minutes: every value is counted 440 times. */
const MAX_PARAMETERS = 5_000_000;

export function StatisticsSection() {
  const parameters = useApp((state) => state.model?.graph.edgeCount ?? 0);
  const statistics = useTheorems((state) => state.statistics);
  const isAsked = statistics.status === 'none' && parameters <= MAX_UNASKED_PARAMETERS;
  useEffect(() => {
    if (isAsked) void askStatistics();
  }, [isAsked]);
  return (
    <section className="theorem" aria-labelledby="statistics-theorem">
      <h2 id="statistics-theorem">A metanet can compute StatNN’s statistics</h2>
      <p className="small">
        StatNN predicts accuracy from seven numbers per tensor. A metanet with constructed weights finds all
        of them by adding up messages: mean and variance in three rounds; the others by counting, round after
        round, how many weights lie below the middle of an interval. So whatever StatNN knows, a metanet can
        know as well.
      </p>
      {parameters > MAX_PARAMETERS ? (
        <p className="refusal">
          {formatLarge(parameters)} values would take many minutes: every one is counted 440 times. Open a
          network of at most {formatLarge(MAX_PARAMETERS)}.
        </p>
      ) : (
        <Asked
          answer={statistics}
          label={`Add up ${formatLarge(parameters)} values`}
          doing="Adding up statistics"
          onAsk={() => void askStatistics()}
        >
          {(tensors) =>
            tensors.length === 0 ? (
              <p className="muted small">The network has no tensors that StatNN reads.</p>
            ) : (
              <StatisticsTable tensors={tensors} />
            )
          }
        </Asked>
      )}
      <details className="small">
        <summary>What it does not show</summary>
        <p>
          Sums and functions of one number say exactly what a mean is. No finite number of them says exactly
          what a median is: 44 rounds of counting leave an uncertainty of 10⁻¹³ times the root of the tensor’s
          sum of squares.
        </p>
        <p>
          Each tensor is read on its own here; with labels on its edges, one metanet could read all at once.
          The proposition (Lim et al., ICLR 2024, Proposition 3) also says that GMNs can do what NP-NFN does:
          that half is not shown.
        </p>
      </details>
    </section>
  );
}

function StatisticsTable({ tensors }: { tensors: readonly ComparedStatistics[] }) {
  const blocks = useApp((state) => state.model?.graph.blocks ?? []);
  const [place, setPlace] = useState(0);
  const { expected, constructed } = tensors[place];
  const difference = Math.max(...tensors.map((tensor) => tensor.difference));
  const nameOf = ({ block }: ComparedStatistics) => blocks[block]?.tensorName ?? blocks[block]?.name;
  return (
    <>
      <label className="tensor-choice">
        Tensor
        <select value={place} onChange={({ target }) => setPlace(Number(target.value))}>
          {tensors.map((tensor, index) => (
            <option key={tensor.block} value={index}>
              {nameOf(tensor)}
            </option>
          ))}
        </select>
      </label>
      <table className="outputs">
        <thead>
          <tr>
            <th scope="col">
              <span className="visually-hidden">Statistic</span>
            </th>
            <th scope="col" className="number">
              StatNN
            </th>
            <th scope="col" className="number">
              messages
            </th>
          </tr>
        </thead>
        <tbody>
          {NAMES.map((name, index) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td className="number">{formatDigits(expected[index])}</td>
              <td className="number">{formatDigits(constructed[index])}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="largest-difference" aria-live="polite">
        {Number.isNaN(difference) ? (
          'A tensor holds values that are not numbers: nothing can be compared.'
        ) : (
          <>
            Largest difference in {formatCount(tensors.length)} {tensors.length === 1 ? 'tensor' : 'tensors'},
            relative:{' '}
            <strong data-testid="difference" data-value={difference}>
              {formatDifference(difference)}
            </strong>
          </>
        )}
      </p>
    </>
  );
}
