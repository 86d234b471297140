/** The zoos that come with the page, and where what their metanets have learned is. */
import type { ZooCheckpoint } from '../workers/predictors';

export interface ZooName {
  readonly id: string;
  readonly name: string;
}

let names: Promise<readonly ZooName[]> | undefined;

async function load(): Promise<readonly ZooName[]> {
  const response = await fetch(new URL('zoo/index.json', document.baseURI));
  if (!response.ok) throw new Error(`The list of zoos could not be loaded (${response.status}).`);
  return (await response.json()) as ZooName[];
}

/** Loaded once, and again only where that failed. */
export function zooNames(): Promise<readonly ZooName[]> {
  names ??= load().catch((error: unknown) => {
    names = undefined;
    throw error;
  });
  return names;
}

/** The folder of the checkpoints that were trained on a zoo. */
export const checkpointsUrl = (zoo: string): URL =>
  new URL(`checkpoints/${encodeURIComponent(zoo)}/`, document.baseURI);

/** GMN of every zoo. */
export async function zooCheckpoints(): Promise<ZooCheckpoint[]> {
  return (await zooNames()).map(({ id }) => ({
    zoo: id,
    url: new URL('gmn.safetensors', checkpointsUrl(id)).href,
  }));
}
