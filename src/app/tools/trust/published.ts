/** What is published with the zoo and shown here: its map, what its networks are, how well measures rank them. Loaded once. */
import { useEffect, useState } from 'react';
import { blobSource, FormatError, openModel } from '../../../formats';
import { readZooMap, type ZooMap } from '../../../tasks';
import { messageOf } from '../../worker-clients';
import { loadZoo, loadZooNames, type Zoo } from '../../zoo/zoo-data';

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

/** The first zoo is the one that the shipped metanet was trained on. */
const firstZoo = async () => encodeURIComponent((await loadZooNames())[0].id);

/** Asked for again only where it failed. */
function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined;
  return () => {
    loaded ??= load().catch((error: unknown) => {
      loaded = undefined;
      throw error;
    });
    return loaded;
  };
}

export const loadMappedZoo = once(async (): Promise<MappedZoo> => {
  const id = await firstZoo();
  const name = `${id}.map.safetensors`;
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

export const loadRankingFigures = once(async (): Promise<RankingFigures> => {
  const response = await fetchPublished(`${await firstZoo()}.quality.json`);
  return (await response.json()) as RankingFigures;
});

/** Both undefined until it has come, or has failed. `load` stays the same. */
export function usePublished<T>(load: () => Promise<T>): { readonly value?: T; readonly error?: string } {
  const [state, setState] = useState<{ value?: T; error?: string }>({});
  useEffect(() => {
    let isShown = true;
    load().then(
      (value) => isShown && setState({ value }),
      (error: unknown) => isShown && setState({ error: messageOf(error) }),
    );
    return () => {
      isShown = false;
    };
  }, [load]);
  return state;
}
