/**
 * The linear assignment problem: the permutation with the largest sum of profits, found by shortest augmenting paths with
 * dual prices (Jonker & Volgenant, 1987, in the form of Crouse, 2016). O(n³) at worst, exact; ties keep the order.
 */

/** `profits`: [size · size], finite. Entry r of the result is the column of row r: [size]. */
export function largestAssignment(profits: Float64Array, size: number): Int32Array {
  const state = startingPrices(profits, size);
  const { columnOf, rowOf, rowPrices, columnPrices } = state;
  const search = newSearch(size);
  for (let start = 0; start < size; start++) {
    if (columnOf[start] >= 0) continue;
    const { end, length } = shortestPath(profits, size, state, search, start);
    // Prices move so that every pair on a path that was searched stays tight.
    rowPrices[start] += length;
    for (let place = 0; place < search.closedCount; place++) {
      const column = search.closed[place];
      const slack = length - search.distances[column];
      if (column !== end) rowPrices[rowOf[column]] += slack;
      columnPrices[column] -= slack;
    }
    // Along the path, every row takes the column that it reached.
    for (let column = end; column >= 0; ) {
      const row = search.rowBefore[column];
      rowOf[column] = row;
      const freed = columnOf[row];
      columnOf[row] = column;
      column = row === start ? -1 : freed;
    }
  }
  return columnOf;
}

interface Prices {
  /** Per row its column, per column its row; -1 for none. */
  readonly columnOf: Int32Array;
  readonly rowOf: Int32Array;
  /** cost(r, c) − rowPrices[r] − columnPrices[c] ≥ 0, with 0 for assigned pairs; cost = −profit. */
  readonly rowPrices: Float64Array;
  readonly columnPrices: Float64Array;
}

/** Every row's best column is its price; rows take a tight column as long as it is free. */
function startingPrices(profits: Float64Array, size: number): Prices {
  const columnOf = new Int32Array(size).fill(-1);
  const rowOf = new Int32Array(size).fill(-1);
  const rowPrices = new Float64Array(size);
  const columnPrices = new Float64Array(size);
  for (let row = 0; row < size; row++) {
    let least = Number.POSITIVE_INFINITY;
    for (let column = 0; column < size; column++) least = Math.min(least, -profits[row * size + column]);
    rowPrices[row] = least;
  }
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      if (rowOf[column] < 0 && -profits[row * size + column] === rowPrices[row]) {
        columnOf[row] = column;
        rowOf[column] = row;
        break;
      }
    }
  }
  return { columnOf, rowOf, rowPrices, columnPrices };
}

interface Search {
  readonly distances: Float64Array;
  readonly rowBefore: Int32Array;
  /** Columns that are not reached yet, the first `size − closedCount` entries. */
  readonly open: Int32Array;
  /** Columns in the order in which they were reached. */
  readonly closed: Int32Array;
  closedCount: number;
}

const newSearch = (size: number): Search => ({
  distances: new Float64Array(size),
  rowBefore: new Int32Array(size),
  open: new Int32Array(size),
  closed: new Int32Array(size),
  closedCount: 0,
});

/** Dijkstra's search over columns, from an unassigned row to the nearest unassigned column. */
function shortestPath(
  profits: Float64Array,
  size: number,
  { rowOf, rowPrices, columnPrices }: Prices,
  search: Search,
  start: number,
): { end: number; length: number } {
  const { distances, rowBefore, open, closed } = search;
  distances.fill(Number.POSITIVE_INFINITY);
  for (let column = 0; column < size; column++) open[column] = column;
  search.closedCount = 0;
  let [row, length] = [start, 0];
  for (let openCount = size; openCount > 0; openCount--) {
    const base = length - rowPrices[row];
    const offset = row * size;
    let [nearest, least] = [0, Number.POSITIVE_INFINITY];
    for (let place = 0; place < openCount; place++) {
      const column = open[place];
      const reached = base - profits[offset + column] - columnPrices[column];
      if (reached < distances[column]) {
        distances[column] = reached;
        rowBefore[column] = row;
      }
      const distance = distances[column];
      if (distance < least || (distance === least && rowOf[column] < 0)) {
        least = distance;
        nearest = place;
      }
    }
    length = least;
    const column = open[nearest];
    closed[search.closedCount++] = column;
    if (rowOf[column] < 0) return { end: column, length };
    row = rowOf[column];
    open[nearest] = open[openCount - 1];
  }
  throw new RangeError('The profits of an assignment must be finite numbers.');
}
