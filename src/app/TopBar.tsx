/** Opening files and samples, passing on what is open, the device, theme and help. */
import { lazy, Suspense } from 'react';
import { toggleTheme } from './actions';
import { toggleView } from './address';
import { DeviceStatus } from './DeviceStatus';
import { openSample } from './opening';
import { Popover } from './Popover';
import { SHORTCUTS } from './shortcuts';
import { useApp } from './store';
import { startTour } from './tour/tour-store';

// Loaded when it is first needed.
const SharePanel = lazy(async () => ({ default: (await import('./share/SharePanel')).SharePanel }));

export function TopBar({ onOpen, onHelp }: { onOpen: () => void; onHelp: () => void }) {
  const samples = useApp((state) => state.samples);
  const theme = useApp((state) => state.theme);
  const current = useApp((state) => state.model?.fileName);
  const view = useApp((state) => state.view);
  return (
    <header className="top-bar">
      <span className="brand">
        <img src="icon.svg" alt="" width="24" height="24" />
        <span>Metanet Playground</span>
      </span>
      <nav aria-label="Models">
        <button
          type="button"
          className="primary"
          onClick={onOpen}
          title={`Open a model file (${SHORTCUTS.open.label})`}
        >
          Open…
        </button>
        <Popover label="Samples">
          {(close) => (
            <ul className="menu">
              {samples.map(({ file, title, note }) => (
                <li key={file}>
                  <button
                    type="button"
                    aria-current={file === current}
                    onClick={() => {
                      close();
                      void openSample(file);
                    }}
                  >
                    <strong>{title}</strong>
                    <span className="muted">{note}</span>
                  </button>
                </li>
              ))}
              <li className="separated">
                <button
                  type="button"
                  onClick={() => {
                    close();
                    void import('./open-zoo-network').then(({ openRandomNetwork }) => openRandomNetwork());
                  }}
                >
                  <strong>Another from the zoo</strong>
                  <span className="muted">a random network that the metanet was not trained on</span>
                </button>
              </li>
            </ul>
          )}
        </Popover>
        <button
          type="button"
          aria-pressed={view === 'zoo'}
          onClick={() => toggleView('zoo')}
          title={`${SHORTCUTS.zoo.does} (${SHORTCUTS.zoo.label})`}
        >
          Zoo
        </button>
        <button
          type="button"
          aria-pressed={view === 'compare'}
          onClick={() => toggleView('compare')}
          title={`${SHORTCUTS.compare.does} (${SHORTCUTS.compare.label})`}
        >
          Compare
        </button>
        <Popover label="Share">
          {() => (
            <Suspense fallback={<p className="muted">…</p>}>
              <SharePanel />
            </Suspense>
          )}
        </Popover>
      </nav>
      <span className="spacer" />
      <DeviceStatus />
      <button
        type="button"
        className="quiet"
        onClick={toggleTheme}
        title={`${SHORTCUTS.theme.does} (${SHORTCUTS.theme.label})`}
        aria-label={theme === 'dark' ? 'Switch to light' : 'Switch to dark'}
      >
        {theme === 'dark' ? '☀' : '☾'}
      </button>
      <button
        type="button"
        className="quiet tour"
        onClick={startTour}
        title="What a metanet is, in five stops"
      >
        Tour
      </button>
      <button type="button" className="quiet" onClick={onHelp} title="Help (?)" aria-label="Help">
        ?
      </button>
    </header>
  );
}
