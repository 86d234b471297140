/**
 * A Network: the layers of an input network in order, each saying which channels it reads, which it writes, and where its
 * parameters lie. Every neuron, convolution channel or embedding feature is a *channel* with a number of its own;
 * operations that only move channels about (reshape, concat, pooling, …) have left no trace but in who reads whom.
 *
 * All offsets are in elements of a tensor, not bytes.
 */
import type { Program, StoredTensor } from '../formats';

/** One parameter per entry, or several parallel ones (the gates of a recurrent unit): at offset + tap. */
export interface VectorView {
  readonly tensor: StoredTensor;
  readonly offsets: Int32Array;
  readonly taps?: Int32Array;
}

/**
 * A weight: the element for output o, input channel s and tap p is rows[o] + columns[s] + taps[p].
 * Taps are the parallel parameters between two channels: kernel positions, the pixels of a flattened picture, gates.
 */
export interface WeightView {
  readonly tensor: StoredTensor;
  /** Per written channel. */
  readonly rows: Int32Array;
  /** One entry per run of input channels that is laid out regularly; more than one after a concat. */
  readonly reads: readonly ChannelRead[];
  /** Convolution groups: channel s meets output o only if both lie in the same part. */
  readonly groups: number;
}

export interface ChannelRead {
  readonly channels: Int32Array;
  readonly columns: Int32Array;
  readonly taps: Int32Array;
  /** Extent of the taps along each spatial axis, row-major: [3, 3] for a kernel, [] for a plain weight. */
  readonly tapShape: readonly number[];
}

export interface ChannelRange {
  readonly first: number;
  readonly count: number;
}

export type NormKind = 'batch' | 'layer' | 'group' | 'instance' | 'rms';

/** What a layer does. */
export type Operation =
  /** The network's input, or features that the program computes from nothing (sinusoidal positions). */
  | { kind: 'input'; writes: ChannelRange }
  | { kind: 'linear'; writes: ChannelRange; weight: WeightView; bias?: VectorView }
  | {
      kind: 'conv';
      writes: ChannelRange;
      weight: WeightView;
      bias?: VectorView;
      stride: number;
      isTransposed: boolean;
    }
  | {
      kind: 'norm';
      norm: NormKind;
      /** Parts of the channels that are normalised together; 1 for layer norm, all for batch and instance norm. */
      groups: number;
      channels: Int32Array;
      scale?: VectorView;
      shift?: VectorView;
      mean?: VectorView;
      variance?: VectorView;
    }
  /** One parameter per channel that is added to it, outside any other layer. */
  | { kind: 'bias'; channels: Int32Array; values: VectorView }
  /** One parameter per channel that multiplies it (LayerScale) or its negative part (PReLU). */
  | { kind: 'scale'; channels: Int32Array; values: VectorView }
  /** LSTM, GRU or plain: gates are taps. Every unit also reads all units of the layer, one step earlier. */
  | {
      kind: 'recurrent';
      writes: ChannelRange;
      /** One view per tensor that holds gates. */
      input: readonly WeightView[];
      hidden: readonly WeightView[];
      biases: readonly VectorView[];
      /** From a unit's memory to its own gates. */
      peepholes?: VectorView;
    }
  /** Two activations are added (sum) or multiplied (gate): entry i of `sources` meets entry i of `targets`. */
  | { kind: 'sum' | 'gate'; sources: Int32Array; targets: Int32Array }
  /** New channels, each of which stands for several at once (pixels that were channels, weights shared by heads). */
  | { kind: 'merge'; writes: ChannelRange; sources: Int32Array; targets: Int32Array }
  /** Head-major lists: entry h·size + d is dimension d of head h. */
  | {
      kind: 'attention';
      heads: number;
      /** Heads of keys and values; fewer than `heads` where several query heads share one. */
      keyHeads: number;
      queries: Int32Array;
      keys: Int32Array;
      values: Int32Array;
      /** What is added to or multiplied with the scores of each head: [heads] channels. */
      meetings: readonly HeadMeeting[];
    }
  /** Row r of a table becomes the channels (token; position, if it writes them), or is added to them at position r. */
  | {
      kind: 'embedding';
      role: 'token' | 'position' | 'class';
      tensor: StoredTensor;
      channels: Int32Array;
      /** Element of row r and channel entry c: rows[r] + columns[c]. */
      rows: Int32Array;
      columns: Int32Array;
    };

export interface HeadMeeting {
  readonly kind: 'sum' | 'gate';
  readonly channels: Int32Array;
}

/** Hidden channels whose order means something (neighbours are mixed, dimensions rotated, places have meanings). */
export interface Ordering {
  readonly channels: Int32Array;
  /** Runs of so many entries keep their order within; as wholes they may move. */
  readonly run: number;
}

export interface Layer {
  readonly name: string;
  /** Mutable while the network is being read: a bias or shift may follow the operator that began the layer. */
  operation: Operation;
}

/** Consecutive channels that one layer writes, and what happens to all of them afterwards. */
export interface ChannelSet extends ChannelRange {
  readonly layer: number;
  readonly kind: 'neuron' | 'channel' | 'feature';
  /** Network inputs and outputs: their order means something. */
  isInput: boolean;
  isOutput: boolean;
  /** The first activation function that follows. */
  activation: string;
  /** The first pooling that follows. */
  pool: 'none' | 'max' | 'average';
  globalPool: 'none' | 'max' | 'average';
  /** Spatial or sequence positions at which the layer is evaluated. */
  positions: number;
}

/** A tensor, or part of one, that is on no edge of the graph, and why. */
export interface Unplaced {
  readonly tensorName: string;
  readonly reason: string;
}

/** An operator that was not understood, and why. */
export interface NotUnderstood {
  readonly operator: string;
  readonly type: string;
  readonly reason: string;
}

export interface Network {
  readonly layers: readonly Layer[];
  readonly channelSets: readonly ChannelSet[];
  readonly channelCount: number;
  readonly orderings: readonly Ordering[];
  readonly notUnderstood: readonly NotUnderstood[];
  /** Why a tensor could not be placed, where an operator told. */
  readonly unplacedReasons: ReadonlyMap<string, string>;
  /** Tensors that are constants of the computation (axes, epsilons, scales), not parameters. */
  readonly constants: ReadonlySet<string>;
  /** Tensors that no operator reads. */
  readonly unread: ReadonlySet<string>;
  /** All tensors that may hold parameters. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** What the network computes, in ONNX's operators: the file's own program, or the one that was inferred. */
  readonly program: Program;
  /** Present where the file holds tensors only, and the layers were inferred from their names and shapes. */
  readonly inference?: Inference;
}

/** How the layers of a bare state dict were found, in words for people. */
export interface Inference {
  /** What the network was taken for: "torchvision’s ResNet", "a chain of layers". */
  readonly family: string;
  /** What speaks for it, a sentence without its full stop. */
  readonly reason: string;
  /** What the file does not say and was taken for granted; sentences without their full stops. */
  readonly assumptions: readonly string[];
  /** What a person can correct. */
  readonly choices: readonly Choice[];
}

/** Something that the file does not say: what was taken for it, and what a person may put in its place. Plain JSON. */
export type Choice = OptionChoice | CountChoice | OrderChoice;

interface ChoiceBase {
  /** Unique within an inference: "activation". */
  readonly key: string;
  /** In words for people: "Activation after hidden layers". */
  readonly label: string;
}

/** One of several. */
export interface OptionChoice extends ChoiceBase {
  readonly kind: 'choice';
  readonly value: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
}

/** One of the numbers that fit, smallest first. */
export interface CountChoice extends ChoiceBase {
  readonly kind: 'count';
  readonly value: number;
  readonly options: readonly number[];
}

/** All items in an order; `options` has them in the order of the file. */
export interface OrderChoice extends ChoiceBase {
  readonly kind: 'order';
  readonly value: readonly string[];
  readonly options: readonly string[];
}

export type CorrectionValue = string | number | readonly string[];

/** What a person says instead, by the keys of choices. */
export type Corrections = Readonly<Record<string, CorrectionValue>>;
