/** What is published with the zoo and shown here: its map, what its networks are, how well measures rank them. Loaded once. */
import { useEffect, useState } from 'react';
import { blobSource, FormatError, openModel } from '../../../formats';
import { readZooMap, type ZooMap } from '../../../tasks';
import { onceEach } from '../../../workers/once-each';
import { useApp } from '../../store';
import { messageOf } from '../../worker-clients';
import { loadZoo, type Zoo } from '../../zoo/zoo-data';

export interface MappedZoo {
  readonly zoo: Zoo;
  readonly map: ZooMap;
}

/** Rank correlation (Kendall's τ) of a measure, or of a metanet's predictions, with true accuracy. */
export interface RankingFigure {
  /** A NetworkMeasure, or a metanet's id. */
  readonly id: string;
  readonly name: string;
  readonly tau: number;
}

/** As bench/quality.ts writes it. */
export interface RankingFigures {
  /** Held-out networks that were ranked. */
  readonly networks: number;
  readonly weights: readonly RankingFigure[];
  readonly metanets: readonly RankingFigure[];
}

async function fetchPublished(file: string): Promise<Response> {
  const response = await fetch(new URL(`zoo/${file}`, document.baseURI));
  if (!response.ok) throw new Error(`The zoo could not be loaded (${file}: ${response.status}).`);
  return response;
}

export const loadMappedZoo = onceEach(async (id): Promise<MappedZoo> => {
  const name = `${encodeURIComponent(id)}.map.safetensors`;
  const [zoo, response] = await Promise.all([loadZoo(id), fetchPublished(name)]);
  const map = await readZooMap(await openModel([blobSource(await response.blob(), name)]));
  // They come last.
  const networks = zoo.networks.filter(({ split }) => split !== 'edited-test');
  if (map.count !== networks.length) {
    throw new FormatError(
      `The map has ${map.count} networks, the zoo ${networks.length}`,
      name,
      'Publish the zoo again: python -m training.zoo.publish.',
    );
  }
  return { zoo: { ...zoo, networks }, map };
});

export const loadRankingFigures = onceEach(async (zoo): Promise<RankingFigures> => {
  const response = await fetchPublished(`${encodeURIComponent(zoo)}.quality.json`);
  return (await response.json()) as RankingFigures;
});

/** Of the zoo whose metanets judge the open model. Both undefined until it has come, or has failed. `load` stays the same. */
export function usePublished<T>(load: (zoo: string) => Promise<T>): {
  readonly value?: T;
  readonly error?: string;
} {
  const zoo = useApp((app) => app.backend?.zoo);
  const [state, setState] = useState<{ value?: T; error?: string }>({});
  useEffect(() => {
    let isShown = true;
    setState({});
    if (zoo === undefined) return;
    load(zoo).then(
      (value) => isShown && setState({ value }),
      (error: unknown) => isShown && setState({ error: messageOf(error) }),
    );
    return () => {
      isShown = false;
    };
  }, [load, zoo]);
  return state;
}
