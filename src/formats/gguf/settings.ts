/**
 * What GGUF's metadata says of the architecture, under the names that Hugging Face's config.json has for it.
 */

/** Keys without the architecture that they begin with ("llama."). */
const COUNTS: readonly (readonly [key: string, setting: string])[] = [
  ['attention.head_count', 'num_attention_heads'],
  ['attention.head_count_kv', 'num_key_value_heads'],
  ['attention.key_length', 'head_dim'],
  ['block_count', 'num_hidden_layers'],
];

const NUMBERS: readonly (readonly [key: string, setting: string])[] = [
  ['rope.freq_base', 'rope_theta'],
  ['attention.layer_norm_rms_epsilon', 'rms_norm_eps'],
  ['attention.layer_norm_epsilon', 'layer_norm_eps'],
];

/** Their queries and keys are stored so that neighbouring dimensions turn into one another, not halves of a head. */
const INTERLEAVED: ReadonlySet<string> = new Set(['llama']);

/** The activation function of hidden layers is not in the file: the architecture knows it. */
const ACTIVATIONS = new Map([
  ['gemma', 'gelu_pytorch_tanh'],
  ['gemma2', 'gelu_pytorch_tanh'],
  ['gemma3', 'gelu_pytorch_tanh'],
]);

export function settingsOf(metadata: ReadonlyMap<string, string>): Map<string, unknown> {
  const architecture = metadata.get('general.architecture') ?? '';
  const settings = new Map<string, unknown>();
  for (const [key, setting] of COUNTS) {
    const value = Number(metadata.get(`${architecture}.${key}`));
    if (Number.isSafeInteger(value)) settings.set(setting, value);
  }
  for (const [key, setting] of NUMBERS) {
    const value = Number(metadata.get(`${architecture}.${key}`));
    if (value > 0) settings.set(setting, value);
  }
  if (INTERLEAVED.has(architecture)) settings.set('rope_interleave', true);
  const activation = ACTIVATIONS.get(architecture);
  if (activation) settings.set('hidden_act', activation);
  return settings;
}
