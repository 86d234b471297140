/** The page: bar, layers, graph, verdict and inspector, and what lies above them. */
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { select, stepLayer, toggleTheme } from './actions';
import { showGraph, toggleView } from './address';
import { DropTarget } from './DropTarget';
import { ErrorNotice } from './ErrorNotice';
import { redoEdit, undoEdit } from './edits/editing';
import { GraphCaption } from './GraphCaption';
import { Guard } from './Guard';
import { GraphView } from './graph-view/GraphView';
import { sendViewCommand } from './graph-view/view-commands';
import { LayerList } from './LayerList';
import { openChosen } from './opening';
import { matchShortcut, type ShortcutName } from './shortcuts';
import { store, useApp } from './store';
import { TopBar } from './TopBar';
import { ToolTabs } from './tools/ToolTabs';
import { followTourAddress, useTour } from './tour/tour-store';
import { VerdictPanel } from './VerdictPanel';
import { ZoomControls } from './ZoomControls';

// Loaded when they are first opened.
const ZooView = lazy(async () => ({ default: (await import('./zoo/ZooView')).ZooView }));
const CompareView = lazy(async () => ({ default: (await import('./compare/CompareView')).CompareView }));
const TourCard = lazy(async () => ({ default: (await import('./tour/TourCard')).TourCard }));
const HelpDialog = lazy(async () => ({ default: (await import('./HelpDialog')).HelpDialog }));

export function App() {
  const theme = useApp((state) => state.theme);
  const view = useApp((state) => state.view);
  const model = useApp((state) => state.model);
  const tourStop = useTour((state) => state.stop);
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
      undo: undoEdit,
      redo: redoEdit,
      zoo: () => toggleView('zoo'),
      compare: () => toggleView('compare'),
      theme: toggleTheme,
      help: () => setHelpOpen(true),
    };
    /** Those that mean something over the graph only do nothing in what lies over it. */
    const overGraph: typeof perform = {
      open: perform.open,
      escape: showGraph,
      zoo: perform.zoo,
      compare: perform.compare,
      theme: perform.theme,
      help: perform.help,
    };
    const onKeyDown = (event: KeyboardEvent) => {
      if (document.querySelector('dialog[open], :popover-open')) return; // they have their own keys
      const action = (store.getState().view === 'graph' ? perform : overGraph)[matchShortcut(event) ?? 'up'];
      if (!action) return;
      event.preventDefault();
      action();
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, []);

  useEffect(followTourAddress, []);

  return (
    <DropTarget>
      <div className={view === 'graph' ? 'app' : 'app covered'}>
        <TopBar onOpen={() => fileInput.current?.click()} onHelp={() => setHelpOpen(true)} />
        <LayerList searchRef={searchInput} />
        <main className="stage" aria-label="Parameter graph">
          <GraphCaption />
          <Guard part="The graph" of={model}>
            <GraphView />
          </Guard>
          <ZoomControls />
          <ErrorNotice />
        </main>
        <aside className="side" aria-label="Verdict and details">
          <Guard part="The verdict" of={model}>
            <VerdictPanel />
          </Guard>
          <ToolTabs />
        </aside>
        {view !== 'graph' && (
          <Guard part={view === 'zoo' ? 'The zoo' : 'The comparison'} of={view}>
            <Suspense>{view === 'zoo' ? <ZooView /> : <CompareView />}</Suspense>
          </Guard>
        )}
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
      <Suspense>{tourStop !== undefined && <TourCard key={tourStop} stop={tourStop} />}</Suspense>
      <Suspense>{isHelpOpen && <HelpDialog onClose={() => setHelpOpen(false)} />}</Suspense>
    </DropTarget>
  );
}
