/** What a file would do to whoever loads it in Python: told loudly, above the graph, for as long as the file is open. */
import { useApp } from './store';

/** Calls that are listed; the report has all. */
const MAX_LISTED = 3;

export function HazardBanner() {
  const imports = useApp((state) => state.model?.report.pythonImports);
  const dangerous = imports?.filter(({ risk }) => risk === 'dangerous') ?? [];
  if (dangerous.length === 0) return null;
  const more = dangerous.length - MAX_LISTED;
  return (
    <div className="hazard" role="alert">
      <strong>Do not load this file in Python</strong>
      <span>
        Loading it would run code:{' '}
        {dangerous.slice(0, MAX_LISTED).map(({ name, call }, index) => (
          <span key={name}>
            {index > 0 && ', '}
            <code>{call ?? name}</code>
          </span>
        ))}
        {more > 0 && ` and ${more} more`}. Nothing of it was run here.
      </span>
    </div>
  );
}
