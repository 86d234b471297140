/**
 * The layers of a network while it is being read, whatever from: each layer that writes adds its channels.
 */
import { consecutive, MAX_CHANNELS, NotUnderstoodError, ZERO_CHANNEL } from './activation';
import type { ChannelRange, ChannelSet, Layer, Operation, Ordering } from './network';
import { UnsupportedModelError } from './unsupported-model-error';

/** Channels of one layer: no real one is as wide. */
const MAX_WIDTH = 2 ** 22;

export class NetworkBuilder {
  readonly layers: Layer[] = [];
  readonly channelSets: ChannelSet[] = [];
  readonly orderings: Ordering[] = [];
  readonly unplacedReasons = new Map<string, string>();
  channelCount = 0;

  constructor(readonly fileName: string) {}

  addLayer(name: string, operation: Operation): number {
    this.layers.push({ name, operation });
    return this.layers.length - 1;
  }

  /**
   * Adds a layer that writes `count` new channels, and returns them. `positions`: places at which it is evaluated.
   * Nothing is added if `operation` throws.
   */
  addWriter(
    name: string,
    count: number,
    kind: ChannelSet['kind'],
    positions: number,
    operation: (writes: ChannelRange) => Operation,
  ): Int32Array {
    if (!Number.isSafeInteger(count) || count < 1) throw new NotUnderstoodError(`writes ${count} channels`);
    if (count > MAX_WIDTH || this.channelCount + count > MAX_CHANNELS) {
      const advice = 'Open a smaller one.';
      throw new UnsupportedModelError('The network has too many neurons to draw', this.fileName, advice);
    }
    const writes = { first: this.channelCount, count };
    const layer = this.addLayer(name, operation(writes));
    this.channelSets.push({
      ...writes,
      layer,
      kind,
      isInput: false,
      isOutput: false,
      activation: 'none',
      pool: 'none',
      globalPool: 'none',
      positions,
    });
    this.channelCount += count;
    return consecutive(writes);
  }

  /** Runs of `run` entries keep their order: all of them, unless told otherwise. */
  keepOrder(channels: Int32Array, run = channels.length): void {
    const sorted = channels.slice();
    // Which channels stay together is what counts, not the order in which they were met.
    for (let first = 0; first < sorted.length; first += run) sorted.subarray(first, first + run).sort();
    this.orderings.push({ channels: sorted, run });
  }

  /** The sets that any of `channels` belongs to. */
  setsOf(channels: Int32Array): ChannelSet[] {
    const sets = new Set<ChannelSet>();
    let current: ChannelSet | undefined;
    for (const channel of channels) {
      if (channel === ZERO_CHANNEL) continue;
      if (current && channel >= current.first && channel < current.first + current.count) continue;
      current = this.#findSet(channel);
      if (current) sets.add(current);
    }
    return [...sets];
  }

  #findSet(channel: number): ChannelSet | undefined {
    let [low, high] = [0, this.channelSets.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.channelSets[middle].first <= channel) low = middle;
      else high = middle - 1;
    }
    return this.channelSets[low];
  }
}
