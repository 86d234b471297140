/** Rows that belong together, as the kernels read them: one list after the other, and where each begins. */
export interface RowLists {
  /** [lists + 1]: list s is rows[starts[s]] … rows[starts[s + 1] − 1]. */
  readonly starts: Uint32Array;
  readonly rows: Uint32Array;
}

/**
 * `count` lists of rows. Each of `lists` says of every row which list it is in; always in the same order, and so with the same
 * bits in every sum.
 */
export function rowLists(count: number, ...lists: readonly ArrayLike<number>[]): RowLists {
  const starts = new Uint32Array(count + 1);
  for (const list of lists) {
    for (let row = 0; row < list.length; row++) starts[list[row] + 1]++;
  }
  for (let list = 0; list < count; list++) starts[list + 1] += starts[list];
  const next = starts.slice();
  const rows = new Uint32Array(starts[count]);
  for (const list of lists) {
    for (let row = 0; row < list.length; row++) rows[next[list[row]]++] = row;
  }
  return { starts, rows };
}

/** The columns of a table of indices as its rows: [rows, columns]. */
export function interleaved(...columns: readonly ArrayLike<number>[]): Uint32Array {
  const { length } = columns[0];
  const table = new Uint32Array(length * columns.length);
  columns.forEach((column, place) => {
    for (let row = 0; row < length; row++) table[row * columns.length + place] = column[row];
  });
  return table;
}

/** For each row the number of the segment that it is in. Segments follow each other. */
export function segmentOfRows(segments: readonly { readonly count: number }[]): Uint32Array {
  const numbers = new Uint32Array(segments.reduce((total, { count }) => total + count, 0));
  let first = 0;
  segments.forEach(({ count }, segment) => {
    numbers.fill(segment, first, first + count);
    first += count;
  });
  return numbers;
}
