/** The domain check spelled out: how far the network lies from the zoo, why it is told apart, and how much such a check is worth. */
import type { Card } from '../../../metanets/card';
import type { DomainCheck, OutlierTest, ZooMap } from '../../../tasks';
import { formatCount } from '../../format';
import { DomainScale } from './DomainScale';
import type { MappedZoo } from './published';

interface DomainSectionProps {
  readonly domain: DomainCheck;
  readonly card: Card;
  /** Undefined while it is not there, or is of another checkpoint. */
  readonly mapped: MappedZoo | undefined;
}

export function DomainSection({ domain, card, mapped }: DomainSectionProps) {
  const heldOut = [...(mapped?.map.heldOut ?? [])];
  const nearer = heldOut.filter((distance) => distance < domain.distance).length;
  return (
    <section>
      <h3>Is it like the zoo?</h3>
      <DomainScale distance={domain.distance} heldOut={heldOut} />
      <p className="small">
        {domain.distance.toFixed(2)} times the threshold, below which{' '}
        {(100 * card.domain.quantile).toFixed(1).replace('.0', '')} % of the validation networks lie.
        {heldOut.length > 0 && (
          <>
            {' '}
            It lies farther off than {formatCount(nearer)} of the zoo’s {formatCount(heldOut.length)} held-out
            networks.
          </>
        )}
      </p>
      {domain.reasons.length > 0 ? (
        <>
          <p className="small doubt">It is unlike the zoo:</p>
          <ul className="reasons small">
            {domain.reasons.map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        </>
      ) : (
        <p className="small">
          Inputs, outputs, kinds and sizes of layers are within what the zoo has; its embedding is too.
        </p>
      )}
      <dl className="facts">
        <dt>Embedding</dt>
        <dd>{domain.embeddingDistance.toFixed(2)} × the threshold (Mahalanobis distance)</dd>
        <dt>Outliers</dt>
        <dd>
          {domain.outlierDistance === undefined
            ? 'this metanet has none'
            : `${domain.outlierDistance.toFixed(2)} × its threshold`}
        </dd>
      </dl>
      {mapped?.map.trust && <OutlierTests {...mapped.map.trust} />}
    </section>
  );
}

/** What training/outliers.py makes. */
const OUTLIER_WORDS: ReadonlyMap<string, string> = new Map([
  ['untrained', 'never trained'],
  ['shuffled', 'weights shuffled'],
  ['absurd', 'a layer × 10 to 1,000'],
  ['other', 'trained on other images'],
]);

/** Below this, a kind of outlier passes for one of the zoo's more often than not. */
const NOTICED = 0.7;

function OutlierTests({ heldOut, outliers }: NonNullable<ZooMap['trust']>) {
  const kinds = Object.entries(outliers).map(([kind, test]) => ({
    ...test,
    words: OUTLIER_WORDS.get(kind) ?? kind,
  }));
  const missed = kinds.filter(({ auroc }) => auroc < NOTICED).map(({ words }) => words);
  return (
    <>
      <h4>What the check was seen to notice</h4>
      <table className="trust-table">
        <caption className="visually-hidden">
          How well the check tells outliers from held-out networks
        </caption>
        <thead>
          <tr>
            <th scope="col">networks</th>
            <th scope="col" className="number">
              AUROC
            </th>
            <th scope="col" className="number">
              flagged
            </th>
          </tr>
        </thead>
        <tbody>
          {kinds.map(({ words, ...test }) => (
            <OutlierRow key={words} words={words} {...test} />
          ))}
          <OutlierRow words="the zoo’s, held out" flagged={heldOut.flagged} />
        </tbody>
      </table>
      <p className="muted small">
        AUROC: how well the distance tells them from the zoo’s held-out networks; 1 always, 0.5 by chance.
        {missed.length > 0 && <strong className="doubt"> Hardly noticed: {missed.join('; ')}.</strong>}
      </p>
    </>
  );
}

function OutlierRow({ words, auroc, flagged }: { words: string } & Partial<OutlierTest>) {
  return (
    <tr>
      <th scope="row">{words}</th>
      <td className="number">{auroc?.toFixed(2) ?? '–'}</td>
      <td className="number">{flagged === undefined ? '–' : `${Math.round(100 * flagged)} %`}</td>
    </tr>
  );
}
