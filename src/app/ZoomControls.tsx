import type { PictureForm } from './graph-view/save-picture';
import { sendViewCommand, type ViewCommand } from './graph-view/view-commands';
import { Popover } from './Popover';
import { SHORTCUTS } from './shortcuts';
import { useApp } from './store';

const BUTTONS = [
  { command: 'zoomIn', text: '+', shortcut: SHORTCUTS.zoomIn },
  { command: 'zoomOut', text: '−', shortcut: SHORTCUTS.zoomOut },
  { command: 'fit', text: 'Fit', shortcut: SHORTCUTS.fit },
] as const satisfies readonly { command: ViewCommand; text: string; shortcut: unknown }[];

const PICTURES: readonly { form: PictureForm; title: string; note: string }[] = [
  { form: { type: 'png', scale: 1 }, title: 'PNG', note: 'as large as here' },
  { form: { type: 'png', scale: 2 }, title: 'PNG, twice as large', note: 'for slides' },
  { form: { type: 'png', scale: 4 }, title: 'PNG, four times as large', note: 'for posters' },
  { form: { type: 'svg' }, title: 'SVG', note: 'vectors, for papers' },
];

/** Zoom by button, the view as a picture to keep, and what the colours mean. */
export function ZoomControls() {
  const isSaliency = useApp((state) => state.tool === 'saliency' && state.saliency.status === 'done');
  const [negative, positive] = isSaliency
    ? ['lowers the prediction', 'raises the prediction']
    : ['negative', 'positive'];
  return (
    <div className="stage-foot">
      <div className="legend">
        <span className="key">
          <span className="swatch negative" aria-hidden="true" /> {negative}
        </span>
        <span className="key">
          <span className="swatch positive" aria-hidden="true" /> {positive}
        </span>
        <span className="hint">
          {isSaliency
            ? 'wider = more hangs on it'
            : 'wider = stronger · dashed = negative, on the marked neuron'}
        </span>
      </div>
      <div className="zoom-controls">
        <Popover label="Picture" isAbove>
          {(close) => (
            <ul className="menu">
              {PICTURES.map(({ form, title, note }) => (
                <li key={title}>
                  <button
                    type="button"
                    onClick={() => {
                      close();
                      sendViewCommand({ save: form });
                    }}
                  >
                    <strong>{title}</strong>
                    <span className="muted">{note}</span>
                  </button>
                </li>
              ))}
            </ul>
          )}
        </Popover>
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
