/** The page: bar, layers, graph, verdict and inspector, and what lies above them. */
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { select, stepLayer, toggleTheme } from './actions';
import { closeZoo, toggleZoo } from './address';
import { DropTarget } from './DropTarget';
import { ErrorNotice } from './ErrorNotice';
import { GraphCaption } from './GraphCaption';
import { GraphView } from './graph-view/GraphView';
import { sendViewCommand } from './graph-view/view-commands';
import { LayerList } from './LayerList';
import { openChosen } from './opening';
import { matchShortcut, type ShortcutName } from './shortcuts';
import { store, useApp } from './store';
import { TopBar } from './TopBar';
import { ToolTabs } from './tools/ToolTabs';
import { VerdictPanel } from './VerdictPanel';
import { ZoomControls } from './ZoomControls';

// Loaded when they are first opened.
const ZooView = lazy(async () => ({ default: (await import('./zoo/ZooView')).ZooView }));
const HelpDialog = lazy(async () => ({ default: (await import('./HelpDialog')).HelpDialog }));

export function App() {
  const theme = useApp((state) => state.theme);
  const isZooOpen = useApp((state) => state.isZooOpen);
  const [isHelpOpen, setHelpOpen] = useState(false);
  const fileInput = useRef<HTMLInputElement>(null);
  const searchInput = useRef<HTMLInputElement>(null);

  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);

  useEffect(() => {
    const perform: Partial<Record<ShortcutName, () => void>> = {
      open: () => fileInput.current?.click(),
      search: () => searchInput.current?.focus(),
      fit: () => sendViewCommand('fit'),
      zoomIn: () => sendViewCommand('zoomIn'),
      zoomOut: () => sendViewCommand('zoomOut'),
      nextLayer: () => stepLayer(1),
      previousLayer: () => stepLayer(-1),
      escape: () => select(undefined),
      zoo: toggleZoo,
      theme: toggleTheme,
      help: () => setHelpOpen(true),
    };
    /** Those that mean something over the graph only do nothing in the zoo. */
    const inZoo: typeof perform = {
      open: perform.open,
      escape: closeZoo,
      zoo: perform.zoo,
      theme: perform.theme,
      help: perform.help,
    };
    const onKeyDown = (event: KeyboardEvent) => {
      if (document.querySelector('dialog[open], :popover-open')) return; // they have their own keys
      const action = (store.getState().isZooOpen ? inZoo : perform)[matchShortcut(event) ?? 'up'];
      if (!action) return;
      event.preventDefault();
      action();
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, []);

  return (
    <DropTarget>
      <div className={isZooOpen ? 'app covered' : 'app'}>
        <TopBar onOpen={() => fileInput.current?.click()} onHelp={() => setHelpOpen(true)} />
        <LayerList searchRef={searchInput} />
        <main className="stage" aria-label="Parameter graph">
          <GraphCaption />
          <GraphView />
          <ZoomControls />
          <ErrorNotice />
        </main>
        <aside className="side" aria-label="Verdict and details">
          <VerdictPanel />
          <ToolTabs />
        </aside>
        <Suspense>{isZooOpen && <ZooView />}</Suspense>
      </div>
      <input
        ref={fileInput}
        type="file"
        multiple
        hidden
        data-testid="file-input"
        aria-label="Model files"
        onChange={(event) => {
          const { files } = event.target;
          if (files) void openChosen(files);
          event.target.value = '';
        }}
      />
      <Suspense>{isHelpOpen && <HelpDialog onClose={() => setHelpOpen(false)} />}</Suspense>
    </DropTarget>
  );
}
