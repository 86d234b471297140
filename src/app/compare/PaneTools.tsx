/** What one does with the graph in a pane: save it as a picture, see all of it again. */
import type { RefObject } from 'react';
import type { GraphHandle } from '../graph-view/GraphCanvas';
import { GraphPicture } from '../pictures/GraphPicture';
import { SHORTCUTS } from '../shortcuts';
import { showError } from './compare-store';

interface PaneToolsProps {
  readonly graph: RefObject<GraphHandle | null>;
  readonly modelName: string;
  readonly onFit: () => void;
}

export function PaneTools({ graph, modelName, onFit }: PaneToolsProps) {
  return (
    <div className="pane-tools">
      <GraphPicture graph={graph} modelName={modelName} onError={showError} />
      <button type="button" title={SHORTCUTS.fit.does} onClick={onFit}>
        Fit
      </button>
    </div>
  );
}
