/** An edit as a function: the values of a network → those of the tensors that it changes. */
import { UnsupportedModelError } from '../network';
import { Draft, type Subject } from './draft';
import type { Edit } from './edit';
import { reinitialiseLayer, scaleLayer } from './layer-edits';
import { permute, permuteOneSide } from './permute';
import { addNoise, interpolate, quantise } from './perturb';
import { prune, type Scores } from './prune';
import { flipSigns, rescale } from './rescale';

/** What edits name and the file does not hold. */
export interface Companions {
  /** Another checkpoint of the same structure. */
  checkpoint(name: string): Promise<Subject | undefined>;
  scores(name: string): Promise<Scores | undefined>;
}

export const NO_COMPANIONS: Companions = {
  checkpoint: async () => undefined,
  scores: async () => undefined,
};

/** Elements after the edit of every tensor that it changes, by name. Throws UnsupportedModelError where it cannot be done. */
export async function applyEdit(
  subject: Subject,
  edit: Edit,
  companions: Companions = NO_COMPANIONS,
): Promise<ReadonlyMap<string, Float32Array>> {
  const draft = new Draft(subject);
  await run(draft, edit, companions);
  return draft.changed;
}

async function run(draft: Draft, edit: Edit, companions: Companions): Promise<void> {
  switch (edit.kind) {
    case 'prune': {
      const scores = edit.score === undefined ? undefined : await companions.scores(edit.score);
      if (edit.score !== undefined && !scores) throw missing(draft, 'score', edit.score);
      return await prune(draft, edit.share, edit.layer, scores);
    }
    case 'noise':
      return await addNoise(draft, edit.share, edit.seed, edit.layer);
    case 'quantise':
      return await quantise(draft, edit.bits, edit.per, edit.layer);
    case 'scale':
      return await scaleLayer(draft, edit.factor, edit.layer);
    case 'reinitialise':
      return await reinitialiseLayer(draft, edit.seed, edit.layer);
    case 'interpolate': {
      const other = await companions.checkpoint(edit.checkpoint);
      if (!other) throw missing(draft, 'checkpoint', edit.checkpoint);
      return await interpolate(draft, edit.share, other);
    }
    case 'permute':
      return await permute(draft, edit.seed, edit.group, edit.factor);
    case 'permute-one-side':
      return await permuteOneSide(draft, edit.seed, edit.group);
    case 'rescale':
      return await rescale(draft, edit.seed, edit.group, edit.largest);
    case 'flip-signs':
      return await flipSigns(draft, edit.seed, edit.group);
    default:
      return edit satisfies never;
  }
}

const missing = ({ subject }: Draft, what: string, name: string) =>
  new UnsupportedModelError(
    `The edit needs the ${what} "${name.slice(0, 80)}", which is not here`,
    subject.fileName,
    `Open the ${what} first.`,
  );
