/** What every metanet said of the network as its file has it, and says of it now. */
import { formatPercent } from '../../format';
import { useApp } from '../../store';
import { formatDifference } from './Readings';

export function MetanetsBeforeAndAfter() {
  const card = useApp((state) => state.backend?.card);
  const verdict = useApp((state) => state.verdict);
  const original = useApp((state) => state.original);
  const { opinions, before: earlier, isDone, error } = useApp((state) => state.opinions);
  if (!card || !original.verdict || verdict.status !== 'done') return null;
  const own = { metanet: card.metanet, name: card.name, accuracy: verdict.verdict.accuracy };
  const rows = [own, ...opinions, ...earlier];
  const before = new Map(original.opinions?.map(({ metanet, accuracy }) => [metanet, accuracy]));
  before.set(card.metanet, original.verdict.accuracy);
  return (
    <section className="before-after" aria-label="Every metanet, before and after" aria-busy={!isDone}>
      <h3>What each metanet makes of it</h3>
      <table>
        <thead>
          <tr>
            <th scope="col">Metanet</th>
            <th scope="col">before</th>
            <th scope="col">now</th>
            <th scope="col">difference</th>
          </tr>
        </thead>
        <tbody className={isDone && earlier.length === 0 ? undefined : 'old'}>
          {rows.map(({ metanet, name, accuracy }) => {
            const then = before.get(metanet);
            const difference = then === undefined ? undefined : Math.abs(accuracy - then);
            return (
              <tr key={metanet}>
                <th scope="row">{name}</th>
                <td>{then === undefined ? '' : formatPercent(then)}</td>
                <td>{formatPercent(accuracy)}</td>
                <td className={difference !== undefined && difference > 1e-5 ? 'moved' : undefined}>
                  {difference === undefined ? '' : formatDifference(difference)}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {error && <p className="refusal">{error}</p>}
    </section>
  );
}
