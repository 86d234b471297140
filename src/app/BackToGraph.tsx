/** Closes a view that lies over the graph. */
import { showGraph } from './address';
import { SHORTCUTS } from './shortcuts';

export function BackToGraph() {
  return (
    <button
      type="button"
      className="quiet close"
      onClick={showGraph}
      aria-label="Back to the graph"
      title={`Back to the graph (${SHORTCUTS.escape.label})`}
    >
      ✕
    </button>
  );
}
