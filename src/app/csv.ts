/** Tables as text (RFC 4180). */

export type Cell = string | number | boolean | undefined;

/** Quotes where there is something to quote. */
const quoted = (cell: Cell) => {
  const text = String(cell ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** Records with the same keys, which become the first line. */
export function csv(records: readonly Readonly<Record<string, Cell>>[]): string {
  const lines = records.map((one) => Object.values(one).map(quoted).join(','));
  return [Object.keys(records[0] ?? {}).join(','), ...lines, ''].join('\r\n');
}
