/** What is compared, as the address says it: `#compare&left=sample/x.onnx&right=shuffled/7`. Files have no name in it. */
import type { Choice } from './compare-store';

export type NamedChoice = Extract<Choice, { kind: 'sample' | 'zoo' | 'shuffled' }>;

/** A training run of a zoo, to be shown as a series of checkpoints. */
export interface ZooRun {
  readonly zoo: string;
  readonly run: string;
}

export interface NamedComparison {
  readonly left?: NamedChoice | undefined;
  readonly right?: NamedChoice | undefined;
  readonly series?: ZooRun | undefined;
}

export function comparisonHash({ left, right, series }: NamedComparison): string {
  const entries = new URLSearchParams();
  if (series) entries.set('series', `${series.zoo}/${series.run}`);
  else {
    if (left) entries.set('left', inWords(left));
    if (right) entries.set('right', inWords(right));
  }
  const words = entries.toString().replaceAll('%2F', '/');
  return words ? `#compare&${words}` : '#compare';
}

function inWords(choice: NamedChoice): string {
  switch (choice.kind) {
    case 'sample':
      return `sample/${choice.file}`;
    case 'zoo':
      return `zoo/${choice.zoo}/${choice.name}`;
    case 'shuffled':
      return `shuffled/${choice.seed}`;
    default:
      return choice satisfies never;
  }
}

/** What a hash names; what cannot be read is left out. */
export function readComparison(hash: string): NamedComparison {
  const entries = new URLSearchParams(hash.slice(1));
  const [zoo, run] = entries.get('series')?.split('/') ?? [];
  return {
    left: readChoice(entries.get('left')),
    right: readChoice(entries.get('right')),
    series: zoo && run ? { zoo, run } : undefined,
  };
}

function readChoice(words: string | null): NamedChoice | undefined {
  const [kind, first, second] = words?.split('/') ?? [];
  if (kind === 'sample' && first) return { kind, file: first };
  if (kind === 'zoo' && first && second) return { kind, zoo: first, name: second };
  const isSeed = kind === 'shuffled' && /^\d{1,9}$/.test(first ?? '');
  return isSeed ? { kind: 'shuffled', seed: Number(first) } : undefined;
}
