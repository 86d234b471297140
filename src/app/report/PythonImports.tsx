/** What loading a file in Python would import and call: the dangerous first; what every PyTorch file needs is only counted. */
import type { ImportReport } from '../../tasks';
import { formatCount } from '../format';

const RISKS = { dangerous: 'can run code', unknown: 'the writer’s own, or a library’s' } as const;

/** Entries that are shown; the saved report has all. */
const MAX_SHOWN = 200;

export function PythonImports({ imports }: { imports: ImportReport['pythonImports'] }) {
  const told = (['dangerous', 'unknown'] as const).flatMap((risk) =>
    imports.filter((one) => one.risk === risk).map(({ name, call }) => ({ name, call, risk })),
  );
  const harmless = imports.length - told.length;
  return (
    <>
      <h3>What loading it in Python would import</h3>
      <ul className="problems">
        {told.slice(0, MAX_SHOWN).map(({ name, call, risk }) => (
          <li key={name} className={risk === 'dangerous' ? 'bad' : undefined}>
            <code>{call ?? name}</code>: {RISKS[risk]}
          </li>
        ))}
        {harmless > 0 && (
          <li>
            {formatCount(harmless)} {told.length > 0 ? 'others, ' : ''}known to be harmless
          </li>
        )}
      </ul>
      <p className="muted small">Nothing of it was imported or called here.</p>
    </>
  );
}
