/**
 * A table of any length: only the rows in view exist. Sorted by the column heads; walked with the arrow keys, Enter opens.
 * The row under the pointer, or under the keys, is marked, here and wherever else its key is shown.
 */
import {
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
} from 'react';
import { useSize } from './use-size';

export interface Column<T> {
  readonly key: string;
  readonly label: string;
  readonly title: string;
  readonly widthPx: number;
  /** Text stands left, numbers right. */
  readonly isText?: boolean;
  /** What is sorted by; undefined comes last, either way. */
  readonly value: (row: T) => number | string | undefined;
  readonly show: (row: T) => ReactNode;
}

export interface Sort {
  readonly column: string;
  readonly isDescending: boolean;
}

interface DataTableProps<T> {
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly keyOf: (row: T) => string;
  readonly sort: Sort;
  readonly onSort: (sort: Sort) => void;
  readonly marked: string | undefined;
  readonly onMark: (key: string | undefined) => void;
  readonly onOpen: (row: T) => void;
}

const ROW_PX = 28;
/** Rows beyond the edges that exist already when they are scrolled into view. */
const SPARE_ROWS = 6;
/** A mark that came from elsewhere has rested for so long before the table scrolls to it. */
const REST_MS = 150;

/** Rows that are scrolled past a pointer at rest are not pointed at. */
const isMoved = ({ movementX, movementY }: PointerEvent) => movementX !== 0 || movementY !== 0;

function sorted<T>(rows: readonly T[], columns: readonly Column<T>[], { column, isDescending }: Sort): T[] {
  const value = columns.find(({ key }) => key === column)?.value ?? (() => undefined);
  const sign = isDescending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x === undefined || y === undefined) return Number(x === undefined) - Number(y === undefined);
    return (
      sign * (typeof x === 'string' ? x.localeCompare(String(y), 'en', { numeric: true }) : x - Number(y))
    );
  });
}

export function DataTable<T>(props: DataTableProps<T>) {
  const { label, columns, rows, keyOf, sort, onSort, marked, onMark, onOpen } = props;
  const id = useId();
  const scrollRef = useRef<HTMLDivElement>(null);
  const { height } = useSize(scrollRef);
  const [scrollTop, setScrollTop] = useState(0);
  /** The mark that was set here: it is in view already. */
  const ownMark = useRef<string>(undefined);
  const inOrder = useMemo(() => sorted(rows, columns, sort), [rows, columns, sort]);
  const place = marked === undefined ? -1 : inOrder.findIndex((row) => keyOf(row) === marked);

  const mark = (key: string | undefined) => {
    ownMark.current = key;
    onMark(key);
  };
  /** Scrolls to a row that is out of view: just into it, or to the middle. */
  const scrollTo = (row: number, isMiddle: boolean) => {
    const box = scrollRef.current;
    if (!box) return;
    // Below the head, which covers as much as a row.
    const [least, most] = [(row + 2) * ROW_PX - box.clientHeight, row * ROW_PX];
    if (box.scrollTop >= least && box.scrollTop <= most) return;
    box.scrollTop = isMiddle ? (least + most) / 2 : box.scrollTop < least ? least : most;
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a new mark scrolls
  useEffect(() => {
    if (place < 0 || marked === ownMark.current) return;
    const timer = setTimeout(() => scrollTo(place, true), REST_MS);
    return () => clearTimeout(timer);
  }, [marked]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget) return; // a column's head has keys of its own
    const page = Math.max(1, Math.floor(height / ROW_PX) - 2);
    const last = inOrder.length - 1;
    const moves: Record<string, number> = {
      ArrowDown: place + 1,
      ArrowUp: place - 1,
      PageDown: place + page,
      PageUp: place - page,
      Home: 0,
      End: last,
    };
    const isOpening = event.key === 'Enter' && place >= 0;
    if (!(event.key in moves) && !isOpening) return;
    event.preventDefault();
    if (isOpening) return onOpen(inOrder[place]);
    const next = Math.min(last, Math.max(0, moves[event.key]));
    if (next < 0) return;
    scrollTo(next, false);
    mark(keyOf(inOrder[next]));
  };

  const first = Math.max(0, Math.floor(scrollTop / ROW_PX) - SPARE_ROWS);
  const end = Math.min(inOrder.length, Math.ceil((scrollTop + height) / ROW_PX) + SPARE_ROWS);
  const isMarkedThere = place >= first && place < end;
  return (
    <div
      ref={scrollRef}
      className="data-table"
      onScroll={({ currentTarget }) => setScrollTop(currentTarget.scrollTop)}
      onPointerLeave={() => mark(undefined)}
    >
      <table
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: rows are chosen and opened
        role="grid"
        tabIndex={0}
        aria-label={label}
        aria-rowcount={inOrder.length + 1}
        aria-activedescendant={isMarkedThere ? `${id}${place}` : undefined}
        style={{ width: columns.reduce((total, { widthPx }) => total + widthPx, 0) }}
        onKeyDown={onKeyDown}
      >
        <colgroup>
          {columns.map(({ key, widthPx }) => (
            <col key={key} style={{ width: widthPx }} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map((column) => (
              <HeadCell key={column.key} column={column} sort={sort} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <tbody>
          <Gap rows={first} />
          {inOrder.slice(first, end).map((row, index) => (
            <tr
              key={keyOf(row)}
              id={`${id}${first + index}`}
              aria-rowindex={first + index + 2}
              aria-selected={first + index === place}
              onPointerMove={(event) => isMoved(event) && mark(keyOf(row))}
              onClick={() => onOpen(row)}
            >
              {columns.map(({ key, isText, show }) => (
                <td key={key} className={isText ? undefined : 'number'}>
                  {show(row)}
                </td>
              ))}
            </tr>
          ))}
          <Gap rows={inOrder.length - end} />
        </tbody>
      </table>
    </div>
  );
}

/** The height of the rows that do not exist. */
function Gap({ rows }: { rows: number }) {
  if (rows === 0) return null;
  // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a row without cells takes no focus
  return <tr aria-hidden="true" style={{ height: rows * ROW_PX }} />;
}

function HeadCell<T>({
  column,
  sort,
  onSort,
}: { column: Column<T> } & Pick<DataTableProps<T>, 'sort' | 'onSort'>) {
  const { key, label, title, isText } = column;
  const isSorted = sort.column === key;
  // Numbers begin with the greatest, words with the first.
  const isDescending = isSorted ? !sort.isDescending : !isText;
  return (
    <th
      scope="col"
      className={isText ? undefined : 'number'}
      aria-sort={isSorted ? (sort.isDescending ? 'descending' : 'ascending') : 'none'}
    >
      <button type="button" title={title} onClick={() => onSort({ column: key, isDescending })}>
        {label}
        <span aria-hidden="true">{isSorted ? (sort.isDescending ? ' ↓' : ' ↑') : ''}</span>
      </button>
    </th>
  );
}
