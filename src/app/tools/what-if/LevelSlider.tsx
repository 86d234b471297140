/** A slider that edits the network as it moves, and the curve of what the metanet said at the levels that it has been at. */
import { useEffect, useRef, useState } from 'react';
import type { Edit } from '../../../edits';
import { adjustEdit, withdrawEdit } from '../../edits/editing';
import { measureOpen, useImages, useTrueAccuracy, useTruthNow } from '../../images/measuring';
import { FigurePicture } from '../../pictures/FigurePicture';
import { store, useApp } from '../../store';
import { messageOf } from '../../worker-clients';
import { type Kind, levelOfEdit, type Settings } from './kinds';
import { LevelChart, type LevelPoint } from './LevelChart';
import { handOverSaliency } from './saliency-scores';

export function LevelSlider({ kind, settings }: { kind: Kind; settings: Settings }) {
  const { levels, neutral } = kind;
  const { layer } = settings;
  const edits = useApp((state) => state.edits);
  const standing = levelOfEdit(kind, layer, edits.edits.at(-1)) ?? neutral;
  const [level, setLevel] = useState(standing);
  const [isPlotting, setPlotting] = useState(false);
  const isWanted = useRef(false);
  const asked = useRef(0);
  const figure = useRef<HTMLDivElement>(null);
  const points = usePoints(kind, layer, standing);
  const isMeasured = useTrueAccuracy() !== undefined;

  // Undo and redo move the slider, too; while it is moved, what it has set comes after it.
  useEffect(() => {
    if (asked.current === 0) setLevel(standing);
  }, [standing]);

  const move = async (to: number) => {
    setLevel(to);
    asked.current++;
    try {
      await setNetworkTo(kind, settings, to);
    } catch (error) {
      store.setState({ error: messageOf(error) });
    } finally {
      // What could not be done does not stand.
      if (--asked.current === 0) setLevel(levelOfEdit(kind, layer, lastEdit()) ?? neutral);
    }
  };
  // Another draw, other scales, another measure: made at once with the level that is set.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when the settings are new, which makes this component anew
  useEffect(() => {
    const wanted = kind.edit(standing, { ...settings, score: scoreOf(edits.edits.at(-1)) });
    const isOther = JSON.stringify(wanted) !== JSON.stringify(edits.edits.at(-1));
    const isOtherMeasure = (scoreOf(edits.edits.at(-1)) === undefined) !== (settings.score === undefined);
    if (standing !== neutral && (isOther || isOtherMeasure)) void move(standing);
  }, []);
  const plot = async () => {
    const back = level;
    const { model } = store.getState();
    isWanted.current = true;
    setPlotting(true);
    for (const one of spread(levels)) {
      if (isWanted.current) await move(one);
      if (isWanted.current && isMeasured) await measureOpen();
    }
    if (store.getState().model === model) await move(back);
    setPlotting(false);
  };
  useEffect(
    () => () => {
      isWanted.current = false;
    },
    [],
  );
  const place = nearest(levels, level);
  return (
    <>
      <label className="level">
        <input
          type="range"
          min={0}
          max={levels.length - 1}
          value={place}
          aria-label={`${kind.title}: ${kind.label}`}
          aria-valuetext={kind.inWords(levels[place])}
          disabled={isPlotting}
          onChange={({ target }) => void move(levels[Number(target.value)])}
        />
        <output>{kind.inWords(level)}</output>
      </label>
      <div ref={figure}>
        <LevelChart kind={kind} points={points} level={level} />
      </div>
      <p className="buttons">
        {isPlotting ? (
          <button
            type="button"
            onClick={() => {
              isWanted.current = false;
            }}
          >
            Stop
          </button>
        ) : (
          <button type="button" onClick={() => void plot()}>
            Try the whole range
          </button>
        )}
        <FigurePicture figure={figure} name={`what-if-${kind.kind}`} />
      </p>
    </>
  );
}

async function setNetworkTo(kind: Kind, settings: Settings, level: number): Promise<void> {
  const { layer } = settings;
  const { model } = store.getState();
  if (level === kind.neutral)
    return await withdrawEdit({ kind: kind.kind, ...(layer !== undefined && { layer }) });
  const score = settings.score === undefined ? undefined : await handOverSaliency(layer);
  const edit = kind.edit(level, { ...settings, score });
  if (edit && store.getState().model === model) await adjustEdit(edit);
}

const lastEdit = () => store.getState().edits.edits.at(-1);

const scoreOf = (edit: Edit | undefined) => (edit?.kind === 'prune' ? edit.score : undefined);

/** What was said and measured at each level, lowest first: kept as long as the edits before, the zoo, and the images, are the same. */
function usePoints(kind: Kind, layer: number | undefined, standing: number): readonly LevelPoint[] {
  const verdict = useApp((state) => state.verdict);
  const edits = useApp((state) => state.edits.edits);
  const zoo = useApp((state) => state.backend?.zoo);
  const measuredOn = useImages(({ images, scaling }) => `${images?.name} ${scaling}`);
  const truth = useTruthNow()?.accuracy;
  const isOurs = levelOfEdit(kind, layer, edits.at(-1)) !== undefined;
  const base = JSON.stringify(isOurs ? edits.slice(0, -1) : edits);
  const said = useKept<Omit<LevelPoint, 'truth'>>(`${base} ${zoo}`);
  const truths = useKept<number>(`${base} ${measuredOn}`);
  if (verdict.status === 'done') {
    const { accuracy, low, high } = verdict.verdict;
    said.set(standing, { level: standing, accuracy, low, high });
  }
  if (truth !== undefined) truths.set(standing, truth);
  return [...said.values()]
    .sort((a, b) => a.level - b.level)
    .map((point) => ({ ...point, truth: truths.get(point.level) }));
}

/** What is known by level, emptied when what it depends on changes. */
function useKept<Value>(base: string): Map<number, Value> {
  const kept = useRef({ base, values: new Map<number, Value>() });
  if (kept.current.base !== base) kept.current = { base, values: new Map() };
  return kept.current.values;
}

const MOST_POINTS = 13;

/** Levels over the whole range, first to last. */
function spread(levels: readonly number[]): number[] {
  const count = Math.min(MOST_POINTS, levels.length);
  return Array.from(
    { length: count },
    (_, index) => levels[Math.round((index * (levels.length - 1)) / (count - 1))],
  );
}

function nearest(levels: readonly number[], level: number): number {
  return levels.reduce(
    (best, one, index) => (Math.abs(one - level) < Math.abs(levels[best] - level) ? index : best),
    0,
  );
}
