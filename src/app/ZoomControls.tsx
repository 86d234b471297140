import { sendViewCommand, type ViewCommand } from './graph-view/view-commands';
import { PictureMenu } from './pictures/PictureMenu';
import { SHORTCUTS } from './shortcuts';
import { useApp } from './store';

const BUTTONS = [
  { command: 'zoomIn', text: '+', shortcut: SHORTCUTS.zoomIn },
  { command: 'zoomOut', text: '−', shortcut: SHORTCUTS.zoomOut },
  { command: 'fit', text: 'Fit', shortcut: SHORTCUTS.fit },
] as const satisfies readonly { command: ViewCommand; text: string; shortcut: unknown }[];

/** What colours mean, with the tool that is open. */
function Legend() {
  const isSaliency = useApp((state) => state.tool === 'saliency' && state.saliency.status === 'done');
  const isRounds = useApp(
    ({ tool, trace, modelNumber }) =>
      tool === 'rounds' && trace.status === 'done' && trace.modelNumber === modelNumber,
  );
  const { colours, channel } = useApp((state) => state.roundsView);
  if (isRounds && colours === 'components') {
    return (
      <div className="legend">
        <span className="key">like colours = like states</span>
        <span className="hint">hue and lightness: three components · wider = stronger weight</span>
      </div>
    );
  }
  const [negative, positive] = isSaliency
    ? ['lowers the prediction', 'raises the prediction']
    : isRounds
      ? [`channel ${(channel ?? 0) + 1} negative`, 'positive']
      : ['negative', 'positive'];
  const hint = isSaliency
    ? 'wider = more hangs on it'
    : isRounds
      ? 'grey = zero · wider = stronger weight'
      : 'wider = stronger · dashed = negative, on the marked neuron';
  return (
    <div className="legend">
      <span className="key">
        <span className={isRounds ? 'swatch even negative' : 'swatch negative'} aria-hidden="true" />{' '}
        {negative}
      </span>
      <span className="key">
        <span className="swatch positive" aria-hidden="true" /> {positive}
      </span>
      <span className="hint">{hint}</span>
    </div>
  );
}

/** Zoom by button, the view as a picture to keep, and what the colours mean. */
export function ZoomControls() {
  return (
    <div className="stage-foot">
      <Legend />
      <div className="zoom-controls">
        <PictureMenu onSave={(form) => sendViewCommand({ save: form })} />
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
