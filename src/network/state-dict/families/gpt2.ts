/** GPT-2 as Hugging Face names it. Its weights are stored [in, out], and its last layer is the table of words again. */
import type { Family } from '../family';
import { type InferenceBuilder, MismatchError, type Value } from '../inference-builder';
import { activation, layerNorm, linearWith, need, needModule } from '../layers';
import type { Module } from '../module';
import { flag } from '../settings';
import { attention, headCount, lookUp, residual, splitInThree } from '../transformer';

/** Hugging Face's Conv1D. */
const transposedLinear = (builder: InferenceBuilder, x: Value, module: Module) =>
  linearWith(builder, x, need(module, 'weight'), module.tensor('bias'), true);

export const GPT2: Family = {
  name: 'Hugging Face’s GPT-2',
  bodies: ['transformer'],
  signs: ['wte', 'wpe', 'h.0.attn.c_attn', 'h.0.mlp.c_fc', 'ln_f'],
  activation: 'Gelu',
  write(builder, { root, body }) {
    const [words, positions] = [need(body, 'wte.weight'), need(body, 'wpe.weight')];
    let x = lookUp(builder, words, positions.shape[0]);
    if (positions.shape[1] !== x.shape[2])
      throw new MismatchError('its words and positions have different widths');
    x = builder.op('Add', [x, positions], x.shape);
    const heads = headCount(builder, x.shape[2]);
    for (const { module: block } of needModule(body, 'h').numbered) {
      const layer = (y: Value, name: string) => transposedLinear(builder, y, needModule(block, name));
      const norm = (y: Value, name: string) => layerNorm(builder, y, needModule(block, name));
      const attend = (y: Value) => {
        const [queries, keys, values] = splitInThree(builder, layer(norm(y, 'ln_1'), 'attn.c_attn'));
        const mixed = attention(builder, { queries, keys, values, heads, label: `${block.path}.attn` });
        return layer(mixed, 'attn.c_proj');
      };
      const transform = (y: Value) =>
        layer(activation(builder, layer(norm(y, 'ln_2'), 'mlp.c_fc')), 'mlp.c_proj');
      x = residual(builder, x, attend, `${block.path}.attn.add`);
      x = residual(builder, x, transform, `${block.path}.mlp.add`);
    }
    x = layerNorm(builder, x, needModule(body, 'ln_f'));
    const head = root.tensor('score.weight') ?? root.tensor('lm_head.weight');
    if (!head && flag(builder.settings, 'tie_word_embeddings') !== true)
      builder.assume('The table of words is the last layer too, as in GPT-2');
    builder.output(linearWith(builder, x, head ?? words, undefined));
  },
};
