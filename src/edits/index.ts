export { applyEdit, type Companions } from './apply-edit';
export type { Subject } from './draft';
export { type Edit, readEdit } from './edit';
export { EditedNetwork } from './edited-network';
export { freedoms, type GroupFreedom, type Verdict as Freedom } from './freedoms';
export { symmetryOf } from './permute';
export type { Scores } from './prune';
