/** Adapters (LoRA and its like): small matrices that only change the weights of a model, which lies elsewhere or beside them. */
import type { ModelFile } from '../../formats';
import { UnsupportedModelError } from '../unsupported-model-error';

/** As PEFT, diffusers, kohya's scripts and LyCORIS name them. */
const ADAPTER = /(^|\.)(lora_(A|B|down|up|embedding_[AB])|hada_w[12]_[ab]|lokr_w[12](_[ab])?)(\.|$)/;

export function refuseAdapters({ tensors, fileName }: ModelFile): void {
  const part = [...tensors.keys()].find((name) => ADAPTER.test(name));
  if (!part) return;
  throw new UnsupportedModelError(
    `The file holds an adapter (LoRA), which changes the weights of a model: "${part}"`,
    fileName,
    'Merge it into its model (in PEFT: merge_and_unload), save that, and open it.',
  );
}
