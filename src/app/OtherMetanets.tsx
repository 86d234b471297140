/** What the other metanets say of the open network, beside GMN: one line each, on one scale. */
import { scaleLinear } from 'd3';
import { useEffect, useRef } from 'react';
import type { Verdict } from '../tasks';
import { MAX_PAIRS } from '../workers/comparison-limits';
import type { Opinion } from '../workers/comparison-worker';
import { onceEach } from '../workers/once-each';
import { type Ensemble, together } from './ensemble';
import { formatPercent } from './format';
import { openModelApi } from './model-client';
import { changesOf, NO_OPINIONS, type Opinions, store, useApp } from './store';
import { Comlink, handedOver, messageOf, startComparisonWorker } from './worker-clients';
import { checkpointsUrl } from './zoo-names';

interface Others {
  readonly files: readonly Blob[];
  readonly ensemble: Ensemble;
}

/**
 * Loads the files that a zoo's index.json lists: once, and those of the other zoos as soon as the first are there, for a dropped
 * network must cause no request.
 */
const othersOf = onceEach(async (zoo): Promise<Others> => {
  const load = async (file: string): Promise<Response> => {
    const response = await fetch(new URL(file, checkpointsUrl(zoo)));
    if (!response.ok) throw new Error(`${file} could not be loaded (${response.status}).`);
    return response;
  };
  const json = async (file: string): Promise<unknown> => (await load(file)).json();
  const [files, ensemble] = await Promise.all([
    json('index.json').then((names) =>
      Promise.all((names as string[]).map(async (file) => (await load(file)).blob())),
    ),
    json('ensemble.json'),
  ]);
  return { files, ensemble: ensemble as Ensemble };
});

/** While a slider moves, the others are not asked at every step. */
const EDIT_PAUSE_MS = 300;

/** Asks the others whenever another network is open, it has been edited, or the engine has changed. */
function useOpinions(): Opinions {
  const modelNumber = useApp((state) => state.modelNumber);
  const graph = useApp((state) => state.model?.graph);
  const engine = useApp((state) => state.engine);
  const computedOn = useApp((state) => state.backend?.kind);
  const zoo = useApp((state) => state.backend?.zoo);
  const askedOf = useRef<{ graph: typeof graph; zoo: typeof zoo }>(undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the number stands for the model and its edits
  useEffect(() => {
    const isTooLarge = graph && computedOn && graph.pairCount > MAX_PAIRS[computedOn];
    const isEdit = askedOf.current?.graph === graph && askedOf.current?.zoo === zoo;
    const { ensemble: known, opinions: last, before: earlier } = store.getState().opinions;
    // What was said before an edit is shown until each has answered again.
    const standing = isEdit ? { before: [...last, ...earlier], ...(known && { ensemble: known }) } : {};
    store.setState({ opinions: { ...NO_OPINIONS, ...standing, isDone: isTooLarge === true } });
    if (!graph || !computedOn || !zoo || isTooLarge) return;
    askedOf.current = { graph, zoo };
    const client = startComparisonWorker();
    let isCurrent = true;
    const change = (next: (state: Opinions) => Opinions) => {
      if (isCurrent) store.setState(({ opinions }) => ({ opinions: next(opinions) }));
    };
    const hear = async (areEdited: boolean, onOpinion: (opinion: Opinion) => unknown) => {
      const [{ files, ensemble }, values] = await Promise.all([
        othersOf(zoo),
        openModelApi().allValues(areEdited),
      ]);
      change((state) => ({ ...state, ensemble }));
      // What the page's own metanet does not compute on, for whatever reason, the others do not either.
      const wanted = computedOn === 'gpu' ? engine : 'cpu';
      const edits = areEdited ? changesOf(store.getState()) : [];
      await client.api.compare(files, graph, handedOver(values), wanted, edits, Comlink.proxy(onOpinion));
    };
    const ask = async () => {
      if (isEdit) await new Promise((resolve) => setTimeout(resolve, EDIT_PAUSE_MS));
      if (!isCurrent) return;
      await hear(true, (opinion) =>
        change(({ opinions, before, ...rest }) => ({
          ...rest,
          opinions: [...opinions, opinion],
          before: before.filter(({ metanet }) => metanet !== opinion.metanet),
        })),
      );
      change((state) => ({ ...state, isDone: true }));
      for (const { id } of store.getState().zoos) othersOf(id).catch(() => undefined);
      const { edits, opinions, original } = store.getState();
      if (!isCurrent || original.opinions) return;
      // What they say is set against what they say of the file.
      let ofFile = opinions.opinions;
      if (edits.edits.length > 0) {
        const heard: Opinion[] = [];
        await hear(false, (opinion) => heard.push(opinion));
        ofFile = heard;
      }
      if (isCurrent) store.setState((state) => ({ original: { ...state.original, opinions: ofFile } }));
    };
    ask()
      .catch((error: unknown) => change((state) => ({ ...state, isDone: true, error: messageOf(error) })))
      .finally(() => client.end());
    return () => {
      isCurrent = false;
      client.end();
    };
  }, [modelNumber, graph, computedOn, zoo]);
  return useApp((state) => state.opinions);
}

export function OtherMetanets({ verdict, known }: { verdict: Verdict; known: number | undefined }) {
  const backend = useApp((state) => state.backend);
  const pairCount = useApp((state) => state.model?.graph.pairCount ?? 0);
  const { opinions, before, ensemble, isDone, error } = useOpinions();
  const edits = useApp((state) => state.edits);
  if (!backend) return null;
  const { card, kind } = backend;
  const maxPairs = MAX_PAIRS[kind];
  if (pairCount > maxPairs) {
    return (
      <p className="muted small">
        The other metanets are not asked about networks of more than {maxPairs.toLocaleString('en')}{' '}
        connections.
      </p>
    );
  }
  const own: Opinion = { metanet: card.metanet, name: card.name, ...verdict, ...card.test };
  const all = [own, ...opinions, ...before];
  const mean = ensemble && together(ensemble, all, changesOf({ edits }));
  const isOld = (opinion: object) =>
    opinion === mean ? before.length > 0 : before.some((one) => one === opinion);
  return (
    <section className="opinions" aria-label="All metanets" aria-busy={!isDone}>
      <h3>
        All metanets <span className="muted">{isDone ? agreement([own, ...opinions]) : 'asking…'}</span>
      </h3>
      <table>
        <thead className="visually-hidden">
          <tr>
            <th>Metanet</th>
            <th>Predicted accuracy and its interval, as a picture</th>
            <th>Predicted accuracy</th>
            <th>Held-out R²</th>
          </tr>
        </thead>
        <tbody>
          {[...all, ...(mean ? [mean] : [])].map((opinion) => (
            <tr
              key={opinion.metanet}
              className={`${opinion === own ? 'own' : opinion === mean ? 'together' : ''} ${isOld(opinion) ? 'old' : ''}`}
              title={opinion === mean ? 'The mean of all but DMC, weighted by how well each does' : undefined}
            >
              <th scope="row">{opinion.name}</th>
              <td>
                <OpinionBar opinion={opinion} known={known} />
              </td>
              <td className="number">{formatPercent(opinion.accuracy)}</td>
              <td
                className="number muted"
                title={`held-out R² ${opinion.r2.toFixed(3)}, τ ${opinion.tau.toFixed(3)}`}
              >
                {opinion.r2.toFixed(2)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="muted small">Last column: R² on networks held out of training.</p>
      {error && <p className="refusal">{error}</p>}
    </section>
  );
}

const BAR = { width: 62, height: 14 };

function OpinionBar({
  opinion: { accuracy, low, high },
  known,
}: {
  opinion: Pick<Opinion, 'accuracy' | 'low' | 'high'>;
  known: number | undefined;
}) {
  const x = scaleLinear([0, 1], [1, BAR.width - 1]);
  const middle = BAR.height / 2;
  return (
    <svg className="opinion" viewBox={`0 0 ${BAR.width} ${BAR.height}`} aria-hidden="true">
      <line className="gauge-axis" x1={x(0)} x2={x(1)} y1={middle} y2={middle} />
      <rect className="gauge-interval" x={x(low)} width={x(high) - x(low)} y={middle - 3} height={6} rx={3} />
      {known !== undefined && <line className="truth" x1={x(known)} x2={x(known)} y1={0} y2={BAR.height} />}
      <circle className="gauge-dot" cx={x(accuracy)} cy={middle} r={3.6} />
    </svg>
  );
}

function agreement(opinions: readonly Opinion[]): string {
  const accuracies = opinions.map(({ accuracy }) => accuracy);
  const spread = 100 * (Math.max(...accuracies) - Math.min(...accuracies));
  return `within ${spread.toFixed(0)} points`;
}
