/** Edits that must leave what a network computes as it is, and edits that must not, judged by ONNX Runtime on every fixture. */
import { describe, expect, it } from 'vitest';
import { readTensor } from '../formats';
import { hasRealModels, relativeDifference } from '../testing';
import { randomInputs } from '../workers/network-runner-inputs';
import { applyEdit, type Edit, freedoms } from '.';
import { filesIn, type Opened, open, openStateDict, runWith, source } from './testing';

/** float32 sums in another order, relative to the largest output. */
const SAME_FUNCTION = 1e-4;
/** Another function differs by more than that. */
const OTHER_FUNCTION = 1e-4;

/** No whole networks, or none that the browser's runtime has operators for. */
const NOT_RUN =
  /enormous|no-weights|unknown-operator|float4e2m1|microsoft-(skip-)?group-norm\.onnx|multi-head-attention-packed|tflite\/(composite|refused)/;
/** Weights with a scale for each channel or block cannot be changed in their file. */
const QUANTISED =
  /dynamic-fused\.onnx|per-channel\.onnx|packed(-[\w-]+)?\.onnx|qdq-blocked\.onnx|qgemm\.onnx/;
/** Every hidden layer has one neuron, or neurons that are tied to outputs, or a last layer that is saturated. */
const RIGID = /gmn-block|gmn-projected-block/;
/** Of each network, so many groups are tried one by one. */
const MOST_GROUPS = 2;

const FILES = [
  ...filesIn('onnx', '.onnx'),
  ...filesIn('onnx/operators', '.onnx'),
  ...filesIn('keras', '.keras.gz'),
  ...filesIn('tflite', '.tflite'),
  ...(hasRealModels ? filesIn('models', '.onnx').filter((name) => !/light/.test(name)) : []),
].filter((file) => !NOT_RUN.test(file) && !QUANTISED.test(file));
const STATE_DICTS = filesIn('state-dicts', '.onnx').map((file) => file.replace(/.*\/|\.onnx/g, ''));

interface Trial {
  readonly same: [Edit, number][];
  readonly other: [Edit, number][];
}

async function tryEdits({ model, network, graph }: Opened): Promise<Trial> {
  const subject = { fileName: model.fileName, network, graph, read: readTensor };
  const inputs = randomInputs(network, 1);
  const opened = { model, network, graph };
  // Further outputs are what the network remembers: its neurons are in the order of those inside.
  const [before] = await runWith(opened, inputs);
  expect(before.values.every(Number.isFinite)).toBe(true);
  const difference = async (edit: Edit): Promise<[Edit, number]> => {
    const [after] = await runWith(opened, inputs, await applyEdit(subject, edit));
    return [edit, relativeDifference(after.values, before.values)];
  };
  const all = freedoms(network, graph);
  const same: Edit[] = [];
  const other: Edit[] = [];
  const movable = all.filter(({ permute }) => permute.isAllowed);
  if (movable.length > 0) same.push({ kind: 'permute', seed: 1 });
  const first = (list: typeof all) => list.slice(0, MOST_GROUPS).map(({ group }) => group);
  for (const group of first(movable)) same.push({ kind: 'permute', seed: 2, group });
  // What the first layers of a small network write may not be heard at its end.
  for (const group of [...first(movable), ...first([...movable].reverse())])
    other.push({ kind: 'permute-one-side', seed: 2, group });
  for (const group of first(all.filter(({ rescale }) => rescale.isAllowed)))
    same.push({ kind: 'rescale', seed: 3, group, largest: 4 });
  for (const group of first(all.filter(({ flipSigns }) => flipSigns.isAllowed)))
    same.push({ kind: 'flip-signs', seed: 4, group });
  const trial: Trial = { same: [], other: [] };
  for (const edit of same) trial.same.push(await difference(edit));
  for (const edit of other) trial.other.push(await difference(edit));
  return trial;
}

function check(file: string, { same, other }: Trial): void {
  for (const [edit, difference] of same) expect(difference, JSON.stringify(edit)).toBeLessThan(SAME_FUNCTION);
  // Some neurons are silent on the one input; not those of every layer.
  if (RIGID.test(file) || other.length === 0) return;
  expect(Math.max(...other.map(([, difference]) => difference))).toBeGreaterThan(OTHER_FUNCTION);
}

describe('edits that are symmetries leave the outputs, others do not', () => {
  it.each(FILES)('%s', async (file) => {
    const data = file.endsWith('external.onnx') ? [source('onnx/external.onnx.data')] : [];
    check(file, await tryEdits(await open(source(file), ...data)));
  });

  it.each(STATE_DICTS)('state dict %s', async (name) => {
    check(name, await tryEdits(await openStateDict(name)));
  });
});

describe('what a group may do', () => {
  const reasons = async (file: string) => {
    const { network, graph } = await open(source(file));
    return freedoms(network, graph).map(({ group, ...verdicts }) => ({
      name: graph.groups[group].name,
      kind: graph.groups[group].kind,
      ...verdicts,
    }));
  };
  const why = (verdict: { isAllowed: boolean; why?: string }) =>
    verdict.isAllowed ? 'allowed' : verdict.why;

  it('depends on the activation between', async () => {
    const groups = await reasons('onnx/concatenated.old.onnx');
    const of = (name: string) => groups.find((group) => group.name === name) as (typeof groups)[number];
    expect(why(of('fc').rescale)).toBe('allowed');
    expect(why(of('fc').flipSigns)).toMatch(/Relu ".*", which is not odd/);
    expect(why(of('side').flipSigns)).toBe('allowed');
    expect(why(of('side').rescale)).toMatch(/Tanh ".*", which is not proportional/);
    expect(why(of('out').permute)).toMatch(/outputs has a meaning/);
  });

  it('is told of attention by heads and dimensions, which permute by themselves', async () => {
    const { network, graph } = await open(source('onnx/vision-transformer.new.onnx'));
    const subject = { fileName: 'vit', network, graph, read: readTensor };
    const group = graph.groups.findIndex(({ kind }) => kind === 'value');
    const { factors } = freedoms(network, graph)[group];
    expect(factors.map(({ isFixed }) => isFixed)).toEqual([false, false]);
    const [heads, dimensions] = await Promise.all(
      [0, 1].map((factor) => applyEdit(subject, { kind: 'permute', seed: 5, group, factor })),
    );
    expect(heads).not.toEqual(dimensions);
    // Heads are those of the queries, too.
    expect([...heads.keys()].length).toBeGreaterThanOrEqual([...dimensions.keys()].length);
  });

  it('is nothing where a part of the network was not understood', async () => {
    const groups = await reasons('onnx/unknown-operator.onnx');
    expect(groups.every(({ permute, rescale }) => !permute.isAllowed && !rescale.isAllowed)).toBe(true);
    expect(groups.some(({ permute }) => /was not understood/.test(why(permute) ?? ''))).toBe(true);
  });
});
