/**
 * Llama as Hugging Face names it, and what is built and named alike (Mistral, Qwen2, Qwen3, TinyLlama, SmolLM, Gemma): RMS norm, rotary
 * positions, keys and values that several query heads share, a gated MLP.
 */
import type { Family } from '../family';
import { type InferenceBuilder, MismatchError, type Value } from '../inference-builder';
import { activation, layerNorm, linear, linearWith, need, needModule } from '../layers';
import type { Module } from '../module';
import { count, flag } from '../settings';
import { attention, chooseHeads, divisors, lookUp, residual, turnByPosition } from '../transformer';

/** Dimensions of a head in models up to this width, and in wider ones, where the file does not say. */
const SMALL_WIDTH = 2048;
const HEAD_SIZES = { small: 64, large: 128 };

/** Gemma 2 and 3 normalise what a block's layers give, too; the norm that others have before the MLP stands after attention. */
const GEMMA_NORM = 'pre_feedforward_layernorm';

interface Heads {
  readonly heads: number;
  readonly keyHeads: number;
}

/** The configuration says it, or the norm of a query, which is as long as a head, or a person. */
function findHeads(builder: InferenceBuilder, body: Module): Heads {
  const own = needModule(body, 'layers.0.self_attn');
  const [queries, width] = need(own, 'q_proj.weight').shape;
  const [keys] = need(own, 'k_proj.weight').shape;
  const stated = count(builder.settings, 'num_attention_heads');
  const size =
    count(builder.settings, 'head_dim') ??
    (stated && queries / stated) ??
    own.tensor('q_norm.weight')?.elementCount;
  if (size !== undefined) {
    if (queries % size || keys % size)
      throw new MismatchError(
        `${queries} query and ${keys} key dimensions are not divided into heads of ${size}`,
      );
    return { heads: queries / size, keyHeads: keys / size };
  }
  const fitting = divisors(queries).filter((heads) => keys % (queries / heads) === 0);
  const usualSize = width > SMALL_WIDTH ? HEAD_SIZES.large : HEAD_SIZES.small;
  const heads = chooseHeads(builder, queries, fitting, usualSize);
  return { heads, keyHeads: (keys * heads) / queries };
}

function writeLayer(builder: InferenceBuilder, x: Value, layer: Module, { heads, keyHeads }: Heads): Value {
  const own = needModule(layer, 'self_attn');
  const norm = (y: Value, name: string) => layerNorm(builder, y, needModule(layer, name), 'rms');
  const isGemma = layer.has(GEMMA_NORM);
  const afterwards = (y: Value, name: string) => (isGemma ? norm(y, name) : y);
  const attend = (y: Value) => {
    const normed = norm(y, 'input_layernorm');
    const project = (name: string) => linear(builder, normed, needModule(own, name));
    const [queries, keys, values] = [project('q_proj'), project('k_proj'), project('v_proj')];
    // Qwen3 and its like normalise every head before they turn it.
    const turn = (name: string) => (z: Value) => {
      const own = layer.child(`self_attn.${name}`);
      return turnByPosition(builder, own ? layerNorm(builder, z, own, 'rms') : z);
    };
    const turns = { turnQueries: turn('q_norm'), turnKeys: turn('k_norm') };
    const parts = { queries, keys, values, heads, keyHeads, ...turns, label: own.path };
    const attended = linear(builder, attention(builder, parts), needModule(own, 'o_proj'));
    return afterwards(attended, 'post_attention_layernorm');
  };
  const transform = (y: Value) => {
    const normed = norm(y, isGemma ? GEMMA_NORM : 'post_attention_layernorm');
    const gate = activation(builder, linear(builder, normed, needModule(layer, 'mlp.gate_proj')));
    const up = linear(builder, normed, needModule(layer, 'mlp.up_proj'));
    if (gate.shape.join() !== up.shape.join())
      throw new MismatchError(`"${layer.path}.mlp" gates another width`);
    const hidden = builder.op('Mul', [gate, up], up.shape, {}, `${layer.path}.mlp.gate`);
    const transformed = linear(builder, hidden, needModule(layer, 'mlp.down_proj'));
    return afterwards(transformed, 'post_feedforward_layernorm');
  };
  const attended = residual(builder, x, attend, `${own.path}.add`);
  return residual(builder, attended, transform, `${layer.path}.mlp.add`);
}

export const LLAMA: Family = {
  name: 'Hugging Face’s Llama',
  bodies: ['model'],
  signs: [
    ...['embed_tokens', 'layers.0.self_attn.q_proj', 'layers.0.mlp.gate_proj'],
    ...['layers.0.input_layernorm', 'layers.0.post_attention_layernorm', 'norm'],
  ],
  activation: 'Swish',
  write(builder, { root, body }) {
    const words = need(body, 'embed_tokens.weight');
    const heads = findHeads(builder, body);
    let x = lookUp(builder, words);
    for (const { module } of needModule(body, 'layers').numbered) x = writeLayer(builder, x, module, heads);
    if (body.has(`layers.0.${GEMMA_NORM}`))
      builder.assume(
        'When the network is run, its norms, scores and words are scaled as Llama’s are: Gemma has factors of its own',
      );
    x = layerNorm(builder, x, needModule(body, 'norm'), 'rms');
    const own = root.tensor('lm_head.weight');
    if (!own && flag(builder.settings, 'tie_word_embeddings') !== true)
      builder.assume('The table of words is the last layer too: the file has no other');
    builder.output(linearWith(builder, x, own ?? words, undefined));
  },
};
