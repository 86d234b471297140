/**
 * Language models as llama.cpp names them in GGUF files: the same networks as Hugging Face's, under short names of its own.
 * They are renamed and written by the families that know them; GPT-2, whose weights GGUF turns round, is written here.
 */
import type { Family } from '../family';
import { type InferenceBuilder, MismatchError, type Value } from '../inference-builder';
import { activation, layerNorm, linear, linearWith, need, needModule } from '../layers';
import type { Module } from '../module';
import { attention, headCount, lookUp, residual, splitInThree } from '../transformer';
import { BERT } from './bert';
import { LLAMA } from './llama';
import { inOtherWords, type Rename } from './renamed';

/** Modules by llama.cpp's name; those of a block after "blk.0.", to stand below `blocks`. */
interface Names {
  readonly blocks: string;
  readonly modules: ReadonlyMap<string, string>;
}

const LLAMA_NAMES: Names = {
  blocks: 'model.layers',
  modules: new Map([
    ['token_embd', 'model.embed_tokens'],
    ['output_norm', 'model.norm'],
    ['output', 'lm_head'],
    ['attn_norm', 'input_layernorm'],
    ['attn_q', 'self_attn.q_proj'],
    ['attn_k', 'self_attn.k_proj'],
    ['attn_v', 'self_attn.v_proj'],
    ['attn_q_norm', 'self_attn.q_norm'],
    ['attn_k_norm', 'self_attn.k_norm'],
    ['attn_output', 'self_attn.o_proj'],
    ['ffn_norm', 'post_attention_layernorm'],
    ['ffn_gate', 'mlp.gate_proj'],
    ['ffn_up', 'mlp.up_proj'],
    ['ffn_down', 'mlp.down_proj'],
  ]),
};

const BERT_NAMES: Names = {
  blocks: 'encoder.layer',
  modules: new Map([
    ['token_embd', 'embeddings.word_embeddings'],
    ['position_embd', 'embeddings.position_embeddings'],
    ['token_types', 'embeddings.token_type_embeddings'],
    ['token_embd_norm', 'embeddings.LayerNorm'],
    ['attn_q', 'attention.self.query'],
    ['attn_k', 'attention.self.key'],
    ['attn_v', 'attention.self.value'],
    ['attn_output', 'attention.output.dense'],
    ['attn_output_norm', 'attention.output.LayerNorm'],
    ['ffn_up', 'intermediate.dense'],
    ['ffn_down', 'output.dense'],
    ['layer_output_norm', 'output.LayerNorm'],
  ]),
};

const byNames =
  ({ blocks, modules }: Names): Rename =>
  (path) => {
    const [, block, name] = /^(?:blk\.(\d+)\.)?([^.]+)$/.exec(path) ?? [];
    const other = modules.get(name ?? '');
    return other && `${block ? `${blocks}.${block}.` : ''}${other}`;
  };

export const GGUF_LLAMA: Family = {
  name: 'llama.cpp’s Llama',
  signs: ['token_embd', 'output_norm', 'blk.0.attn_norm', 'blk.0.attn_q', 'blk.0.ffn_norm', 'blk.0.ffn_gate'],
  activation: LLAMA.activation,
  write: inOtherWords(LLAMA, byNames(LLAMA_NAMES)),
};

export const GGUF_BERT: Family = {
  name: 'llama.cpp’s BERT',
  signs: ['token_embd', 'position_embd', 'token_embd_norm', 'blk.0.attn_q', 'blk.0.layer_output_norm'],
  activation: BERT.activation,
  write: inOtherWords(BERT, byNames(BERT_NAMES)),
};

function writeBlock(builder: InferenceBuilder, x: Value, block: Module, heads: number): Value {
  const layer = (y: Value, name: string) => linear(builder, y, needModule(block, name));
  const norm = (y: Value, name: string) => layerNorm(builder, y, needModule(block, name));
  const attend = (y: Value) => {
    const [queries, keys, values] = splitInThree(builder, layer(norm(y, 'attn_norm'), 'attn_qkv'));
    const mixed = attention(builder, { queries, keys, values, heads, label: `${block.path}.attn` });
    return layer(mixed, 'attn_output');
  };
  const transform = (y: Value) =>
    layer(activation(builder, layer(norm(y, 'ffn_norm'), 'ffn_up')), 'ffn_down');
  const attended = residual(builder, x, attend, `${block.path}.attn.add`);
  return residual(builder, attended, transform, `${block.path}.ffn.add`);
}

export const GGUF_GPT2: Family = {
  name: 'llama.cpp’s GPT-2',
  signs: ['token_embd', 'position_embd', 'output_norm', 'blk.0.attn_qkv', 'blk.0.ffn_up'],
  activation: 'Gelu',
  write(builder, { root }) {
    const [words, positions] = [need(root, 'token_embd.weight'), need(root, 'position_embd.weight')];
    let x = lookUp(builder, words, positions.shape[0]);
    if (positions.shape[1] !== x.shape[2])
      throw new MismatchError('its words and positions have different widths');
    x = builder.op('Add', [x, positions], x.shape);
    const heads = headCount(builder, x.shape[2]);
    for (const { module } of needModule(root, 'blk').numbered) x = writeBlock(builder, x, module, heads);
    x = layerNorm(builder, x, needModule(root, 'output_norm'));
    builder.output(linearWith(builder, x, root.tensor('output.weight') ?? words, undefined));
  },
};
