/** What is shown under the verdict. */
export const TOOL_NAMES = [
  'details',
  'saliency',
  'rounds',
  'symmetry',
  'what-if',
  'theorems',
  'trust',
] as const;

export type Tool = (typeof TOOL_NAMES)[number];
