/**
 * A link that opens the page as it stands: the network (a sample or a zoo's by its name, any other with its bytes packed
 * into the link, if it is small), what is selected, which tool is open, what was corrected and edited. Everything is behind
 * the #: no server sees it.
 */
import { type Edit, readEdit } from '../../edits/edit';
import type { GraphShape } from '../../graph';
import type { Corrections } from '../../network';
import type { Part } from '../graph-view/use-zoom';
import { markedWithin } from '../graph-view/view';
import type { Selection } from '../store';
import { FIRST_ROUND, type RoundsView } from '../tools/rounds/state';
import { TOOL_NAMES, type Tool } from '../tools/tool';

export type Source =
  | { readonly kind: 'sample'; readonly file: string }
  | { readonly kind: 'zoo'; readonly zoo: string; readonly name: string }
  | { readonly kind: 'file'; readonly name: string; readonly blob: Blob };

export interface SharedState {
  readonly source: Source;
  readonly selection: Selection | undefined;
  /** What is seen of the graph; undefined where that is all. */
  readonly part: Part | undefined;
  readonly corrections: Corrections;
  readonly tool: Tool;
  readonly edits: readonly Edit[];
  /** How the metanet's rounds are shown. */
  readonly rounds: RoundsView;
  /** The zoo whose metanets a person wants to hear; undefined where that is left to the page. */
  readonly wantedZoo: string | undefined;
}

/** What a link says of a network of which nothing but the source is told. */
export const PLAIN = {
  selection: undefined,
  part: undefined,
  corrections: {},
  tool: TOOL_NAMES[0],
  edits: [],
  rounds: FIRST_ROUND,
  wantedZoo: undefined,
} as const satisfies Omit<SharedState, 'source'>;

/** Longer links are cut off by programs that pass them on. */
export const MAX_LINK = 64_000;

/** What a packed model may unpack to: no link of that length holds more of a real one. */
const MAX_UNPACKED_BYTES = 4 * 2 ** 20;

export class LinkError extends Error {}

/** The hash of the link, with its #. Throws LinkError if the model is too large for one. */
export async function hashOf(state: SharedState): Promise<string> {
  const { source, selection, part, corrections, tool, edits, rounds, wantedZoo } = state;
  const entries = new URLSearchParams();
  if (source.kind === 'sample') entries.set('sample', source.file);
  else if (source.kind === 'zoo') entries.set('network', `${source.zoo}/${source.name}`);
  else {
    entries.set('file', source.name);
    // Floating-point numbers hardly shrink: beyond this no packing helps.
    if (source.blob.size > 2 * MAX_LINK) throw tooLarge(source.blob.size);
    const packed = await through(source.blob, new CompressionStream('deflate-raw'));
    entries.set('bytes', toText(packed));
  }
  if (selection) entries.set('select', selectionInWords(selection));
  if (part) entries.set('part', [part.x, part.y, part.width].map((size) => size.toPrecision(6)).join(','));
  if (Object.keys(corrections).length > 0) entries.set('corrections', JSON.stringify(corrections));
  if (tool !== PLAIN.tool) entries.set('tool', tool);
  if (rounds !== FIRST_ROUND) entries.set('rounds', roundsInWords(rounds));
  if (wantedZoo) entries.set('judges', wantedZoo);
  if (edits.length > 0) entries.set('edits', JSON.stringify(edits));
  const hash = `#${entries}`;
  if (hash.length > MAX_LINK && source.kind === 'file') throw tooLarge(source.blob.size);
  return hash;
}

const tooLarge = (bytes: number) =>
  new LinkError(
    `The model has ${Math.ceil(bytes / 1000).toLocaleString('en')} kB, more than a link can carry: pass the file on as well.`,
  );

/** What a link's hash says. Undefined where it names no network. Throws LinkError where it is damaged. */
export async function readHash(hash: string): Promise<SharedState | undefined> {
  const entries = new URLSearchParams(hash.slice(1));
  const source = await readSource(entries);
  if (!source) return undefined;
  return {
    source,
    selection: readSelection(entries.get('select') ?? ''),
    part: readPart(entries.get('part')),
    corrections: readCorrections(entries.get('corrections')),
    tool: TOOL_NAMES.find((tool) => tool === entries.get('tool')) ?? PLAIN.tool,
    edits: readEdits(entries.get('edits')),
    rounds: readRounds(entries.get('rounds') ?? ''),
    wantedZoo: entries.get('judges') ?? undefined,
  };
}

async function readSource(entries: URLSearchParams): Promise<Source | undefined> {
  const sample = entries.get('sample');
  if (sample) return { kind: 'sample', file: sample };
  const [zoo, name] = entries.get('network')?.split('/') ?? [];
  if (zoo && name) return { kind: 'zoo', zoo, name };
  const [file, bytes] = [entries.get('file'), entries.get('bytes')];
  if (!file || bytes === null) return undefined;
  try {
    const packed = new Blob([fromText(bytes)]);
    const unpacked = await through(packed, new DecompressionStream('deflate-raw'), MAX_UNPACKED_BYTES);
    return { kind: 'file', name: file, blob: new Blob([unpacked]) };
  } catch {
    throw new LinkError('The link is damaged: the model in it cannot be unpacked. Ask for it again.');
  }
}

async function through(
  blob: Blob,
  stream: CompressionStream | DecompressionStream,
  most = Number.POSITIVE_INFINITY,
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = blob.stream().pipeThrough(stream).getReader();
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Uint8Array(await new Blob(pieces).arrayBuffer());
    pieces.push(value);
    length += value.byteLength;
    if (length <= most) continue;
    await reader.cancel();
    throw new LinkError('It unpacks to more than any link holds.');
  }
}

/** Base64 with the letters that links may hold (RFC 4648, section 5). */
function toText(bytes: Uint8Array): string {
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

const fromText = (text: string) =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) =>
    character.charCodeAt(0),
  );

function selectionInWords(selection: Selection): string {
  if (selection.kind === 'layer') return `layer.${selection.layer}`;
  return selection.kind === 'node' ? `node.${selection.node}` : `edge.${selection.block}.${selection.pair}`;
}

function readSelection(text: string): Selection | undefined {
  const [, kind, first, second] = /^(layer|node|edge)\.(\d{1,9})(?:\.(\d{1,9}))?$/.exec(text) ?? [];
  if (kind === 'layer') return { kind, layer: Number(first) };
  if (kind === 'node') return { kind, node: Number(first) };
  return kind === 'edge' && second ? { kind, block: Number(first), pair: Number(second) } : undefined;
}

function readPart(text: string | null): Part | undefined {
  const [x, y, width] = (text ?? '').split(',').map(Number);
  return [x, y, width].every(Number.isFinite) && width > 0 ? { x, y, width } : undefined;
}

/** The same, if the graph has such a thing: a link may be of another version of the file. */
export function selectionWithin(
  selection: Selection | undefined,
  graph: GraphShape,
  layerCount: number,
): Selection | undefined {
  if (selection?.kind !== 'layer') return markedWithin(graph, selection);
  return selection.layer < layerCount ? selection : undefined;
}

function readCorrections(text: string | null): Corrections {
  const value = text === null ? {} : readJson(text, 'corrections');
  // Whether they fit is for the reader of the network to say.
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Corrections) : {};
}

/** The round, then the channel that is followed if it was chosen, then what colours stand for if that is the channel. */
const roundsInWords = ({ round, channel, colours }: RoundsView) =>
  `${round}${channel === undefined ? '' : `.${channel}`}${colours === 'channel' ? '.channel' : ''}`;

function readRounds(text: string): RoundsView {
  const [, round, channel, colours] = /^(\d{1,3})(?:\.(\d{1,5}))?(\.channel)?$/.exec(text) ?? [];
  if (round === undefined) return FIRST_ROUND;
  return {
    round: Number(round),
    channel: channel === undefined ? undefined : Number(channel),
    colours: colours === undefined ? 'components' : 'channel',
  };
}

/** More than a person makes by hand. */
const MAX_EDITS = 1000;

function readEdits(text: string | null): readonly Edit[] {
  const value = text === null ? [] : readJson(text, 'edits');
  if (!Array.isArray(value) || value.length > MAX_EDITS)
    throw new LinkError('The link is damaged: its edits are no list. Ask for it again.');
  return value.map(readEdit);
}

function readJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new LinkError(`The link is damaged: its ${what} are no JSON. Ask for it again.`);
  }
}
