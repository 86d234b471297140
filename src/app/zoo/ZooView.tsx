/** The zoo, over the whole page: the networks that the metanets were trained and tested on, and a person's own, ranked. */
import { type ReactNode, useEffect, useRef } from 'react';
import { BackToGraph } from '../BackToGraph';
import { formatCount } from '../format';
import { Notices } from '../Notices';
import { useApp } from '../store';
import { messageOf } from '../worker-clients';
import { Explorer } from './Explorer';
import { RankingSection } from './RankingSection';
import './styles/frame.css';
import './styles/filters.css';
import './styles/chart.css';
import './styles/table.css';
import './styles/ranking.css';
import './styles/narrow.css';
import { zooNames } from '../zoo-names';
import { NO_FILTERS } from './filters';
import { loadZoo } from './zoo-data';
import { useZoo, YOURS, zooStore } from './zoo-store';

/** Shows a zoo, or at first the one that comes first. */
async function showZoo(wanted?: string): Promise<void> {
  zooStore.setState({ error: undefined, ...(wanted && { section: wanted }) });
  try {
    const id = wanted ?? (await zooNames())[0].id;
    if (zooStore.getState().section === '') zooStore.setState({ section: id });
    if (zooStore.getState().zoo?.id === id) return;
    const zoo = await loadZoo(id);
    if (![id, YOURS].includes(zooStore.getState().section)) return; // another was asked for meanwhile
    zooStore.setState(({ colour, filters: { split } }) => ({
      zoo,
      metanet: 0,
      // What tells its networks apart most comes first.
      colour:
        zoo.properties.includes('kind') || !zoo.properties.includes(colour) ? zoo.properties[0] : colour,
      filters: { ...NO_FILTERS, split },
    }));
  } catch (error) {
    zooStore.setState({ error: messageOf(error) });
  }
}

export function ZooView() {
  const zoos = useApp((state) => state.zoos);
  const { zoo, error, section, notice, ranking } = useZoo((state) => state);
  const ref = useRef<HTMLElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    ref.current?.focus();
    if (!zooStore.getState().zoo) void showZoo();
    return () => {
      zooStore.setState({ notice: undefined });
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  const runs = new Set(zoo?.networks.map(({ run }) => run)).size;
  return (
    <main ref={ref} className="view zoo" aria-label="Zoo" tabIndex={-1}>
      <header className="zoo-head">
        <nav aria-label="Sections of the zoo">
          {zoos.map(({ id, name }) => (
            <SectionButton key={id} isShown={section === id} onShow={() => void showZoo(id)}>
              {name}
            </SectionButton>
          ))}
          <SectionButton isShown={section === YOURS} onShow={() => zooStore.setState({ section: YOURS })}>
            Your networks{ranking.results.length > 0 && ` (${formatCount(ranking.results.length)})`}
          </SectionButton>
        </nav>
        {section === zoo?.id && (
          <div className="zoo-title">
            <h1 className="visually-hidden">{zoo.name}</h1>
            <p className="muted" title={zoo.description}>
              {formatCount(zoo.networks.length)} networks of {formatCount(runs)} training runs.{' '}
              {zoo.description}
            </p>
          </div>
        )}
        <BackToGraph />
      </header>
      {section === YOURS && <RankingSection />}
      {section === zoo?.id && <Explorer zoo={zoo} />}
      {section !== YOURS && section !== zoo?.id && (
        <p className="zoo-wait" role="status">
          {error ?? 'Loading the zoo …'}{' '}
          {error && (
            <button type="button" onClick={() => void showZoo(section || undefined)}>
              Try again
            </button>
          )}
        </p>
      )}
      <Notices notice={notice} onDismiss={() => zooStore.setState({ notice: undefined })} />
    </main>
  );
}

interface SectionButtonProps {
  readonly isShown: boolean;
  readonly onShow: () => void;
  readonly children: ReactNode;
}

function SectionButton({ isShown, onShow, children }: SectionButtonProps) {
  return (
    <button type="button" aria-current={isShown ? 'page' : undefined} onClick={onShow}>
      {children}
    </button>
  );
}
