/**
 * Where the networks of a zoo lie for the metanet, as training/zoo/embedding_map.py publishes it, and where another network
 * lies among them. Coordinates are along the principal axes of the zoo's embeddings, each with unit variance: the space in
 * which the domain check measures.
 */
import { FormatError, type ModelFile, readTensor } from '../formats';

/** How well the domain check told networks of one kind from held-out ones (training/trust.py). */
export interface OutlierTest {
  readonly networks: number;
  /** Area under the ROC curve: 1 tells all apart, 0.5 is chance. */
  readonly auroc: number;
  /** Share that lay beyond the threshold. */
  readonly flagged: number;
}

interface Header {
  readonly zoo: string;
  /** The `weightsSum` of the checkpoint whose embeddings these are, and its card's name and date. */
  readonly checkpoint: string;
  readonly metanet: string;
  readonly date: string;
  /** The domain check's, in deviations. */
  readonly threshold: number;
  /** How far a held-out network's nearest neighbour of another run lies (the median), as `NearNetwork` measures it. */
  readonly neighbourDistance: number;
  /** Share of the embeddings' variance along the first two axes. */
  readonly planeShare: number;
  /** Of the held-out networks themselves, and by kind of outlier; null where it was not measured. */
  readonly trust: {
    readonly heldOut: Omit<OutlierTest, 'auroc'>;
    readonly outliers: Readonly<Record<string, OutlierTest>>;
  } | null;
}

export interface ZooMap extends Header {
  readonly count: number;
  /** [embedding], [axes, embedding]. */
  readonly mean: Float32Array;
  readonly axes: Float32Array;
  /** [count, axes], row-major, in the order of the zoo's networks. */
  readonly coordinates: Float32Array;
  /** What the domain check says of held-out networks, in units of its threshold. */
  readonly heldOut: Float32Array;
}

/** Throws FormatError where the file is no map. */
export async function readZooMap(file: ModelFile): Promise<ZooMap> {
  const refuse = (what: string) =>
    new FormatError(what, file.fileName, 'Publish the zoo again: python -m training.zoo.publish.');
  const text = file.metadata.get('map');
  if (text === undefined) throw refuse('This file is no map of a zoo');
  const read = async (name: string) => {
    const tensor = file.tensors.get(name);
    if (!tensor) throw refuse(`The map of the zoo has no "${name}"`);
    return await readTensor(tensor);
  };
  const [mean, axes, coordinates, heldOut] = await Promise.all(
    ['mean', 'axes', 'coordinates', 'heldOut'].map(read),
  );
  const count = (coordinates.length * mean.length) / axes.length;
  if (!Number.isInteger(count)) throw refuse('The tensors of the map do not fit together');
  return { ...(JSON.parse(text) as Header), count, mean, axes, coordinates, heldOut };
}

/** An embedding's coordinates: [axes]. */
export function coordinatesOf({ mean, axes }: ZooMap, embedding: ArrayLike<number>): Float64Array {
  return Float64Array.from({ length: axes.length / mean.length }, (_, axis) => {
    let along = 0;
    for (let k = 0; k < mean.length; k++) along += axes[axis * mean.length + k] * (embedding[k] - mean[k]);
    return along;
  });
}

/** [x, y] of a network in the plane of the first two principal components, in the embedding's own units. */
export function planePoint({ mean, axes }: ZooMap, coordinates: ArrayLike<number>): [number, number] {
  const deviation = (axis: number) => {
    let squares = 0;
    for (let k = 0; k < mean.length; k++) squares += axes[axis * mean.length + k] ** 2;
    return 1 / Math.sqrt(squares); // axes are scaled to unit variance
  };
  return [coordinates[0] * deviation(0), coordinates[1] * deviation(1)];
}

/** The coordinates of a network of the zoo: [axes], a view. */
export function coordinatesIn({ coordinates, count }: ZooMap, network: number): Float32Array {
  const axes = coordinates.length / count;
  return coordinates.subarray(network * axes, (network + 1) * axes);
}

export interface NearNetwork {
  /** Its place in the zoo. */
  readonly network: number;
  /** Over all axes, in units of the domain check's threshold, as its own distance is. */
  readonly distance: number;
}

/** The zoo's networks that lie nearest, the nearest first. */
export function nearestNetworks(map: ZooMap, coordinates: ArrayLike<number>, wanted: number): NearNetwork[] {
  const axes = coordinates.length;
  const all = Array.from({ length: map.count }, (_, network) => {
    const own = coordinatesIn(map, network);
    let squares = 0;
    for (let axis = 0; axis < axes; axis++) squares += (own[axis] - coordinates[axis]) ** 2;
    return { network, distance: Math.sqrt(squares / axes) / map.threshold };
  });
  return all.sort((a, b) => a.distance - b.distance).slice(0, wanted);
}
