/** The import report as a JSON file. */
import type { ImportReport, ValueCheck } from '../../tasks';
import { download, withoutEnding } from '../download';

/** Of the JSON's form: grows when a program that reads it has to change. */
const VERSION = 1;

/** `values` only where they were checked. */
export function saveReport(report: ImportReport, values: ValueCheck | undefined): void {
  const content = { kind: 'import report', version: VERSION, ...report, values };
  const name = `${withoutEnding(report.file.name)}.report.json`;
  download(name, JSON.stringify(content, undefined, 2), 'application/json');
}
