/** Rows of numbers, of which a network has any number: their mean, largest, smallest, first and last. */

/** Numbers of a tensor, of two tensors, of a vector, of a vector with a writer and with a reader. */
export const COUNTS = { tensors: 14, pairs: 3, vectors: 4, besideWriters: 2, besideReaders: 2 };
type Family = keyof typeof COUNTS;
const FAMILIES = Object.entries(COUNTS) as readonly (readonly [Family, number])[];

export const ARRANGEMENT_FEATURES = FAMILIES.reduce((total, [, count]) => total + 5 * count, 0);

/** [rows, count] of a family, or their slopes. */
export type NumberRows = readonly (readonly number[])[];
export type NumbersByFamily = Readonly<Record<Family, NumberRows>>;

/** [ARRANGEMENT_FEATURES] */
export const summaries = (numbers: NumbersByFamily) =>
  Float64Array.from(FAMILIES.flatMap(([family, count]) => summary(numbers[family], count)));

/** Slopes of every number of every row, from those of the summaries, [ARRANGEMENT_FEATURES]. */
export function summariesGradient(numbers: NumbersByFamily, slopes: Float64Array): NumbersByFamily {
  const gradient = { ...numbers };
  let first = 0;
  for (const [family, count] of FAMILIES) {
    const own = slopes.subarray(first, first + 5 * count);
    gradient[family] = summaryGradient(numbers[family], count, own);
    first += own.length;
  }
  return gradient;
}

const column = (rows: NumberRows, k: number) => rows.map((row) => row[k]);

/** [5 · count] */
function summary(rows: NumberRows, count: number): number[] {
  if (rows.length === 0) return new Array(5 * count).fill(0);
  const over = (of: (numbers: number[]) => number) =>
    Array.from({ length: count }, (_, k) => of(column(rows, k)));
  return [
    ...over((numbers) => numbers.reduce((sum, x) => sum + x, 0) / numbers.length),
    ...over((numbers) => Math.max(...numbers)),
    ...over((numbers) => Math.min(...numbers)),
    ...rows[0],
    ...rows[rows.length - 1],
  ];
}

/** Of several rows that have the extreme, the first has its slope. */
function summaryGradient(rows: NumberRows, count: number, slopes: Float64Array): NumberRows {
  const gradient = rows.map(() => new Array<number>(count).fill(0));
  if (rows.length === 0) return gradient;
  for (let k = 0; k < count; k++) {
    const [mean, largest, smallest, first, last] = [0, 1, 2, 3, 4].map((part) => slopes[part * count + k]);
    const numbers = column(rows, k);
    for (const row of gradient) row[k] += mean / rows.length;
    gradient[firstOf(numbers, Math.max(...numbers))][k] += largest;
    gradient[firstOf(numbers, Math.min(...numbers))][k] += smallest;
    gradient[0][k] += first;
    gradient[rows.length - 1][k] += last;
  }
  return gradient;
}

/** NaN is the extreme of any numbers that it is among, and has a place, too. */
const firstOf = (numbers: readonly number[], extreme: number) =>
  numbers.findIndex((x) => Object.is(x, extreme));
