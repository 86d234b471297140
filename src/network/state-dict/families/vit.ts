/** Vision transformers as torchvision, timm (ViT, DeiT) and Hugging Face name them. */
import type { StoredTensor } from '../../../formats';
import type { Family } from '../family';
import { head } from '../head';
import { type InferenceBuilder, MismatchError, type Value } from '../inference-builder';
import { activation, layerNorm, linear, linearWith, need, needModule, sum } from '../layers';
import type { Module } from '../module';
import { attention, embedPatches, headCount, readToken, residual, splitInThree } from '../transformer';

/** The layers of one block, whatever they are called. */
interface Block {
  readonly path: string;
  readonly attentionNorm: Module;
  project(x: Value): readonly [Value, Value, Value];
  readonly output: Module;
  readonly outputScale?: StoredTensor;
  readonly mlpNorm: Module;
  readonly up: Module;
  readonly down: Module;
  readonly mlpScale?: StoredTensor;
}

function writeBlock(builder: InferenceBuilder, x: Value, block: Block, heads: number): Value {
  const attend = (y: Value) => {
    const [queries, keys, values] = block.project(layerNorm(builder, y, block.attentionNorm));
    const mixed = attention(builder, { queries, keys, values, heads, label: `${block.path}.attention` });
    return linear(builder, mixed, block.output);
  };
  const transform = (y: Value) => {
    const hidden = linear(builder, layerNorm(builder, y, block.mlpNorm), block.up);
    return linear(builder, activation(builder, hidden), block.down);
  };
  const y = residual(builder, x, attend, `${block.path}.attention.add`, block.outputScale);
  return residual(builder, y, transform, `${block.path}.mlp.add`, block.mlpScale);
}

const separately =
  (builder: InferenceBuilder, [queries, keys, values]: readonly Module[]) =>
  (x: Value) =>
    [linear(builder, x, queries), linear(builder, x, keys), linear(builder, x, values)] as const;

export const TORCHVISION_VIT: Family = {
  name: 'torchvision’s vision transformer',
  signs: [
    'class_token',
    'conv_proj',
    'encoder.pos_embedding',
    'encoder.layers.encoder_layer_0.self_attention',
  ],
  activation: 'Gelu',
  write(builder, { root }) {
    let x = embedPatches(builder, {
      projection: needModule(root, 'conv_proj'),
      positions: need(root, 'encoder.pos_embedding'),
      tokens: [need(root, 'class_token')],
    });
    const heads = headCount(builder, x.shape[2]);
    for (const block of needModule(root, 'encoder.layers').series('encoder_layer_')) {
      const own = needModule(block, 'self_attention');
      // mlp.linear_1 and mlp.linear_2 before torchvision 0.12.
      const [up, down] = block.has('mlp.linear_1') ? ['mlp.linear_1', 'mlp.linear_2'] : ['mlp.0', 'mlp.3'];
      const parts: Block = {
        path: block.path,
        attentionNorm: needModule(block, 'ln_1'),
        project: (y) =>
          splitInThree(
            builder,
            linearWith(builder, y, need(own, 'in_proj_weight'), own.tensor('in_proj_bias')),
          ),
        output: needModule(own, 'out_proj'),
        mlpNorm: needModule(block, 'ln_2'),
        up: needModule(block, up),
        down: needModule(block, down),
      };
      x = writeBlock(builder, x, parts, heads);
    }
    x = readToken(builder, x, needModule(root, 'encoder.ln'));
    builder.output(head(builder, x, root.child('heads.head') ?? root.child('heads')));
  },
};

export const TIMM_VIT: Family = {
  name: 'timm’s vision transformer',
  signs: ['patch_embed.proj', 'pos_embed', 'blocks.0.attn.qkv', 'blocks.0.mlp.fc1'],
  activation: 'Gelu',
  write(builder, { root }) {
    const [first, second] = [root.tensor('cls_token'), root.tensor('dist_token')];
    if (!first) throw new MismatchError('it has no class token');
    let x = embedPatches(builder, {
      projection: needModule(root, 'patch_embed.proj'),
      positions: need(root, 'pos_embed'),
      tokens: second ? [first, second] : [first],
    });
    const heads = headCount(builder, x.shape[2]);
    if (root.has('norm_pre')) x = layerNorm(builder, x, needModule(root, 'norm_pre'));
    for (const { module: block } of needModule(root, 'blocks').numbered) {
      const parts: Block = {
        path: block.path,
        attentionNorm: needModule(block, 'norm1'),
        project: (y) => splitInThree(builder, linear(builder, y, needModule(block, 'attn.qkv'))),
        output: needModule(block, 'attn.proj'),
        outputScale: block.tensor('ls1.gamma'),
        mlpNorm: needModule(block, 'norm2'),
        up: needModule(block, 'mlp.fc1'),
        down: needModule(block, 'mlp.fc2'),
        mlpScale: block.tensor('ls2.gamma'),
      };
      x = writeBlock(builder, x, parts, heads);
    }
    x = layerNorm(builder, x, needModule(root, 'norm'));
    writeTimmHeads(builder, root, x);
  },
};

/** One head on the class token; a distilled DeiT has a second one, and the two are averaged. */
function writeTimmHeads(builder: InferenceBuilder, root: Module, x: Value): void {
  const [own, second] = [root.child('head'), root.child('head_dist')];
  const tokenAt = (place: number) => readToken(builder, x, undefined, place);
  if (own && second) {
    const [first, distilled] = [tokenAt(0), tokenAt(1)];
    const logits = linear(builder, first, own);
    builder.output(sum(builder, logits, linear(builder, distilled, second), 'heads.add'));
  } else builder.output(head(builder, tokenAt(0), own));
}

/** What Hugging Face calls the layers of a block: in files, and in memory since transformers 5. */
const HUGGINGFACE_NAMES = {
  file: {
    layers: 'encoder.layer',
    projections: ['attention.attention.query', 'attention.attention.key', 'attention.attention.value'],
    output: 'attention.output.dense',
    up: 'intermediate.dense',
    down: 'output.dense',
  },
  memory: {
    layers: 'layers',
    projections: ['attention.q_proj', 'attention.k_proj', 'attention.v_proj'],
    output: 'attention.o_proj',
    up: 'mlp.fc1',
    down: 'mlp.fc2',
  },
};

export const HUGGINGFACE_VIT: Family = {
  name: 'Hugging Face’s vision transformer',
  bodies: ['vit', 'deit'],
  signs: ['embeddings.cls_token', 'embeddings.patch_embeddings.projection', 'layernorm'],
  activation: 'Gelu',
  write(builder, { root, body }) {
    const [token, second] = [
      need(body, 'embeddings.cls_token'),
      body.tensor('embeddings.distillation_token'),
    ];
    let x = embedPatches(builder, {
      projection: needModule(body, 'embeddings.patch_embeddings.projection'),
      positions: need(body, 'embeddings.position_embeddings'),
      tokens: second ? [token, second] : [token],
    });
    const heads = headCount(builder, x.shape[2]);
    const names = body.has('layers') ? HUGGINGFACE_NAMES.memory : HUGGINGFACE_NAMES.file;
    for (const { module: block } of needModule(body, names.layers).numbered) {
      const parts: Block = {
        path: block.path,
        attentionNorm: needModule(block, 'layernorm_before'),
        project: separately(
          builder,
          names.projections.map((name) => needModule(block, name)),
        ),
        output: needModule(block, names.output),
        mlpNorm: needModule(block, 'layernorm_after'),
        up: needModule(block, names.up),
        down: needModule(block, names.down),
      };
      x = writeBlock(builder, x, parts, heads);
    }
    const [pooler, classifier] = [body.child('pooler.dense'), root.child('classifier')];
    const first = readToken(builder, x, needModule(body, 'layernorm'));
    if (pooler) builder.output(activation(builder, linear(builder, first, pooler), 'Tanh'));
    if (classifier) builder.output(head(builder, first, classifier));
    if (!pooler && !classifier) builder.output(first);
  },
};
