/** BERT and RoBERTa as Hugging Face names them, with the heads of their usual tasks. */
import type { StoredTensor } from '../../../formats';
import type { Family } from '../family';
import { type InferenceBuilder, MismatchError, type Value } from '../inference-builder';
import { activation, layerNorm, linear, linearWith, need, needModule, sum } from '../layers';
import type { Module } from '../module';
import { attention, headCount, lookUp, readToken } from '../transformer';

/** RoBERTa counts positions from 2: the rows before are for padding. */
const ROBERTA_PADDING = 2;

/** BERT has a power of two positions, RoBERTa two rows more. */
const isRoberta = (rows: number) => Number.isInteger(Math.log2(rows - ROBERTA_PADDING));

/** Sum of three tables, one row of each for a token, its kind and its position. As long a text as there are positions. */
function embed(builder: InferenceBuilder, embeddings: Module): Value {
  const positions = need(embeddings, 'position_embeddings.weight');
  const words = need(embeddings, 'word_embeddings.weight');
  const kinds = embeddings.tensor('token_type_embeddings.weight');
  const [rows] = positions.shape;
  const length = isRoberta(rows) ? rows - ROBERTA_PADDING : rows;
  let x = lookUp(builder, words, length);
  if (kinds) x = sum(builder, x, lookUp(builder, kinds, length), 'embeddings.add');
  if (positions.shape[1] !== x.shape[2])
    throw new MismatchError(`"${positions.name}" has another width than the words`);
  // RoBERTa's positions follow from the tokens, so that they are looked up; BERT's are the same for every text.
  x = isRoberta(rows)
    ? sum(builder, x, lookUp(builder, positions, length), 'embeddings.position')
    : builder.op('Add', [x, positions], x.shape);
  return layerNorm(builder, x, needModule(embeddings, 'LayerNorm'));
}

/** Attention, then two layers; each is added to what it reads, and normalised afterwards. */
function writeLayer(builder: InferenceBuilder, x: Value, layer: Module, heads: number): Value {
  const project = (name: string) => linear(builder, x, needModule(layer, `attention.self.${name}`));
  const [queries, keys, values] = [project('query'), project('key'), project('value')];
  const mixed = attention(builder, { queries, keys, values, heads, label: `${layer.path}.attention` });
  const addNormalised = (y: Value, before: Value, name: string) => {
    const result = linear(builder, y, needModule(layer, `${name}.dense`));
    const added = sum(builder, result, before, `${layer.path}.${name}.add`);
    return layerNorm(builder, added, needModule(layer, `${name}.LayerNorm`));
  };
  const attended = addNormalised(mixed, x, 'attention.output');
  const hidden = activation(builder, linear(builder, attended, needModule(layer, 'intermediate.dense')));
  return addNormalised(hidden, attended, 'output');
}

export const BERT: Family = {
  name: 'Hugging Face’s BERT and RoBERTa',
  bodies: ['bert', 'roberta'],
  signs: [
    'embeddings.word_embeddings',
    'embeddings.position_embeddings',
    'encoder.layer.0.attention.self.query',
  ],
  activation: 'Gelu',
  write(builder, { root, body }) {
    let x = embed(builder, needModule(body, 'embeddings'));
    const heads = headCount(builder, x.shape[2]);
    for (const { module } of needModule(body, 'encoder.layer').numbered)
      x = writeLayer(builder, x, module, heads);
    const pooler = body.child('pooler.dense');
    const pooled =
      pooler && activation(builder, linear(builder, readToken(builder, x, undefined), pooler), 'Tanh');
    writeHeads(builder, root, { x, pooled, words: need(body, 'embeddings.word_embeddings.weight') });
  },
};

interface Features {
  /** Of every token, and of the whole text if there is a layer for it. */
  readonly x: Value;
  readonly pooled: Value | undefined;
  readonly words: StoredTensor;
}

/** Heads of words, of whole texts and of single tokens; what no head reads is an output itself. */
function writeHeads(builder: InferenceBuilder, root: Module, { x, pooled, words }: Features): void {
  const features = pooled ?? x;
  const hasWords = writeWordHead(builder, root, x, words);
  const heads = ['cls.seq_relationship', 'classifier', 'qa_outputs'].flatMap(
    (name) => root.child(name) ?? [],
  );
  for (const head of heads) {
    builder.output(head.has('dense') ? writeTextHead(builder, x, head) : linear(builder, features, head));
  }
  if (heads.length === 0 && (pooled || !hasWords)) builder.output(features);
}

/** Words from features: a layer, a norm, and the table of words again, or a matrix of its own. True if there is one. */
function writeWordHead(builder: InferenceBuilder, root: Module, x: Value, words: StoredTensor): boolean {
  const [bert, roberta] = [root.child('cls.predictions'), root.child('lm_head')];
  const head = bert ?? roberta;
  if (!head) return false;
  const [layer, norm] = bert ? ['transform.dense', 'transform.LayerNorm'] : ['dense', 'layer_norm'];
  const hidden = activation(
    builder,
    linear(builder, x, needModule(head, layer)),
    bert ? builder.hiddenActivation : 'Gelu',
  );
  const normed = layerNorm(builder, hidden, needModule(head, norm));
  const bias = head.tensor('bias') ?? head.tensor('decoder.bias');
  builder.output(linearWith(builder, normed, head.tensor('decoder.weight') ?? words, bias));
  return true;
}

/** RoBERTa's own way to pool: a layer on the first token within the head. */
function writeTextHead(builder: InferenceBuilder, x: Value, head: Module): Value {
  const token = readToken(builder, x, undefined);
  const hidden = activation(builder, linear(builder, token, needModule(head, 'dense')), 'Tanh');
  return linear(builder, hidden, needModule(head, 'out_proj'));
}
