import { sendViewCommand, type ViewCommand } from './graph-view/view-commands';
import { SHORTCUTS } from './shortcuts';

const BUTTONS = [
  { command: 'zoomIn', text: '+', shortcut: SHORTCUTS.zoomIn },
  { command: 'zoomOut', text: '−', shortcut: SHORTCUTS.zoomOut },
  { command: 'fit', text: 'Fit', shortcut: SHORTCUTS.fit },
] as const satisfies readonly { command: ViewCommand; text: string; shortcut: unknown }[];

/** Zoom by button, and what the colours mean. */
export function ZoomControls() {
  return (
    <div className="stage-foot">
      <div className="legend">
        <span className="swatch negative" aria-hidden="true" /> negative
        <span className="swatch positive" aria-hidden="true" /> positive
        <span className="hint">wider = stronger · dashed = negative, on the marked neuron</span>
      </div>
      <div className="zoom-controls">
        {BUTTONS.map(({ command, text, shortcut }) => (
          <button
            key={command}
            type="button"
            title={`${shortcut.does} (${shortcut.label})`}
            aria-label={shortcut.does}
            onClick={() => sendViewCommand(command)}
          >
            {text}
          </button>
        ))}
      </div>
    </div>
  );
}
