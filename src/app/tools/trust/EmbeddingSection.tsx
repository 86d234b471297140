/** The open network among the zoo's: a map of the embeddings, and those that lie nearest. */
import { useMemo, useRef, useState } from 'react';
import {
  coordinatesIn,
  coordinatesOf,
  type NearNetwork,
  nearestNetworks,
  planePoint,
  type Verdict,
} from '../../../tasks';
import { formatPercent } from '../../format';
import { openZooNetwork } from '../../open-zoo-network';
import { FigurePicture } from '../../pictures/FigurePicture';
import { useApp } from '../../store';
import { numberScale } from '../../zoo/colours';
import type { ZooNetwork } from '../../zoo/zoo-data';
import { EmbeddingMap } from './EmbeddingMap';
import { isBeyond } from './map-places';
import { NeighbourList } from './NeighbourList';
import type { MappedZoo } from './published';

const NEIGHBOURS = 5;

/** What half precision and another engine's rounding do to the distance of a network of the zoo from itself, and more. */
const SAME = 0.01;

/** Where the legend of colours is sampled. */
const RAMP = Array.from({ length: 10 }, (_, step) => step / 9);

/** Beyond so many times what is usual, the nearest neighbour is no neighbour. */
const FAR = 2;

export function EmbeddingSection({ verdict, zoo, map }: MappedZoo & { readonly verdict: Verdict }) {
  const theme = useApp((state) => state.theme);
  const [marked, setMarked] = useState<number>();
  const figure = useRef<HTMLDivElement>(null);
  const points = useMemo(
    () => zoo.networks.map(({ index }) => planePoint(map, coordinatesIn(map, index))),
    [zoo, map],
  );
  const { own, itself, near, toOpen } = useMemo(() => {
    const coordinates = coordinatesOf(map, verdict.embedding);
    const all = nearestNetworks(map, coordinates, map.count);
    const itself = all[0].distance < SAME ? all[0].network : undefined;
    const others = itself === undefined ? all : all.slice(1);
    const near = others.slice(0, NEIGHBOURS);
    const isShipped = ({ network }: NearNetwork) => zoo.networks[network].isShipped;
    return {
      own: planePoint(map, coordinates),
      itself,
      near,
      toOpen: near.some(isShipped) ? undefined : others.find(isShipped),
    };
  }, [zoo, map, verdict]);
  const { least, most, colour, colours } = useMemo(() => {
    const all = zoo.networks.map(({ accuracy }) => accuracy);
    const range = { least: Math.min(...all), most: Math.max(...all) };
    const scale = numberScale(range.least, range.most, theme);
    return { ...range, colour: scale, colours: all.map(scale) };
  }, [zoo, theme]);
  const isOwnBeyond = useMemo(() => isBeyond(points, own), [points, own]);
  const open = (network: number) => {
    const { name, isShipped } = zoo.networks[network];
    if (isShipped) void openZooNetwork(zoo.id, name);
  };
  const accuracies = near.map(({ network }) => zoo.networks[network].accuracy);
  const distance = near[0].distance;
  return (
    <>
      <p className="small">
        {itself !== undefined && (
          <>
            It is itself a network of the zoo, {SPLIT_WORDS[zoo.networks[itself].split]}:{' '}
            {zoo.networks[itself].name.replace('.onnx', '')}.{' '}
          </>
        )}
        Its {NEIGHBOURS} nearest neighbours reach {formatPercent(Math.min(...accuracies))} to{' '}
        {formatPercent(Math.max(...accuracies))} in truth; {formatPercent(verdict.accuracy)} is predicted.
        {distance > FAR * map.neighbourDistance && (
          <strong className="doubt">
            {' '}
            But the nearest lies {(distance / map.neighbourDistance).toFixed(1)} times as far off as is usual.
          </strong>
        )}
      </p>
      <div ref={figure}>
        <EmbeddingMap
          points={points}
          colours={colours}
          own={own}
          near={near.map(({ network }) => network)}
          marked={marked}
          onMark={setMarked}
          onOpen={open}
        />
      </div>
      <p className="map-words small" aria-live="polite">
        {marked === undefined ? (
          <>
            <span className="own-mark" aria-hidden="true" /> this network
            {isOwnBeyond && ', beyond the edge'} <span className="near-mark" aria-hidden="true" /> nearest
          </>
        ) : (
          <DotWords network={zoo.networks[marked]} />
        )}
      </p>
      <p className="ramp-legend small muted">
        true accuracy {formatPercent(least)}
        <span className="accuracy-ramp" aria-hidden="true">
          {RAMP.map((share) => (
            <span key={share} style={{ background: colour(least + share * (most - least)) }} />
          ))}
        </span>
        {formatPercent(most)}
        <FigurePicture figure={figure} name={`${zoo.id}-embeddings`} />
      </p>
      <NeighbourList
        near={near}
        toOpen={toOpen}
        networks={zoo.networks}
        colour={colour}
        marked={marked}
        onMark={setMarked}
        onOpen={open}
      />
      <p className="muted small">
        The plane: the two directions in which embeddings differ most ({formatPercent(map.planeShare)} of the
        variance). Distances are over all {map.axes.length / map.mean.length} directions, in units of the
        domain check’s threshold; a held-out network has its nearest of another training run at{' '}
        {map.neighbourDistance.toFixed(2)} (the median).
      </p>
    </>
  );
}

function DotWords({ network: { name, accuracy, split, isShipped } }: { network: ZooNetwork }) {
  return (
    <>
      <strong>{name.replace('.onnx', '')}</strong> {formatPercent(accuracy)}, {SPLIT_WORDS[split]}
      {isShipped && ' ↗ opens'}
    </>
  );
}

const SPLIT_WORDS: Readonly<Record<ZooNetwork['split'], string>> = {
  train: 'for training',
  validation: 'for validation',
  test: 'held out',
  wide: 'held out, wide',
  'edited-test': 'held out, edited', // these are not on the map
};
