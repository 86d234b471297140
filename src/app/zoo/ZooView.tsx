/** The zoo, over the whole page: the networks that the metanets were trained and tested on, and a person's own, ranked. */
import { type ReactNode, useEffect, useRef } from 'react';
import { closeZoo } from '../address';
import { formatCount } from '../format';
import { SHORTCUTS } from '../shortcuts';
import { messageOf } from '../worker-clients';
import { Explorer } from './Explorer';
import { RankingSection } from './RankingSection';
import './styles/frame.css';
import './styles/filters.css';
import './styles/chart.css';
import './styles/table.css';
import './styles/ranking.css';
import './styles/narrow.css';
import { loadZoo } from './zoo-data';
import { useZoo, type ZooState, zooStore } from './zoo-store';

async function load(): Promise<void> {
  zooStore.setState({ error: undefined });
  try {
    zooStore.setState({ zoo: await loadZoo() });
  } catch (error) {
    zooStore.setState({ error: messageOf(error) });
  }
}

export function ZooView() {
  const { zoo, error, section, notice, ranking } = useZoo((state) => state);
  const ref = useRef<HTMLElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    ref.current?.focus();
    if (!zooStore.getState().zoo) void load();
    return () => {
      zooStore.setState({ notice: undefined });
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  const runs = new Set(zoo?.networks.map(({ run }) => run)).size;
  return (
    <main ref={ref} className="zoo" aria-label="Zoo" tabIndex={-1}>
      <header className="zoo-head">
        <nav aria-label="Sections of the zoo">
          <SectionButton name="zoo">The zoo</SectionButton>
          <SectionButton name="yours">
            Your networks{ranking.results.length > 0 && ` (${formatCount(ranking.results.length)})`}
          </SectionButton>
        </nav>
        {section === 'zoo' && zoo && (
          <div className="zoo-title">
            <h1>{zoo.name}</h1>
            <p className="muted" title={zoo.description}>
              {formatCount(zoo.networks.length)} networks of {formatCount(runs)} training runs.{' '}
              {zoo.description}
            </p>
          </div>
        )}
        <button
          type="button"
          className="quiet close"
          onClick={closeZoo}
          aria-label="Back to the graph"
          title={`Back to the graph (${SHORTCUTS.escape.label})`}
        >
          ✕
        </button>
      </header>
      {section === 'yours' && <RankingSection />}
      {section === 'zoo' && zoo && <Explorer zoo={zoo} />}
      {section === 'zoo' && !zoo && (
        <p className="zoo-wait" role="status">
          {error ?? 'Loading the zoo …'}{' '}
          {error && (
            <button type="button" onClick={() => void load()}>
              Try again
            </button>
          )}
        </p>
      )}
      {notice && (
        <div className="notices">
          <output className="notice">
            <span>{notice}</span>
            <button type="button" className="quiet" onClick={() => zooStore.setState({ notice: undefined })}>
              Dismiss
            </button>
          </output>
        </div>
      )}
    </main>
  );
}

function SectionButton({ name, children }: { name: ZooState['section']; children: ReactNode }) {
  const section = useZoo((state) => state.section);
  return (
    <button
      type="button"
      aria-current={section === name ? 'page' : undefined}
      onClick={() => zooStore.setState({ section: name })}
    >
      {children}
    </button>
  );
}
