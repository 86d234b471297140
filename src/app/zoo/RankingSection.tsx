/** A person's own networks: chosen or dropped by the thousand, judged one batch after the other, ranked as they come. */
import { useMemo, useState } from 'react';
import { showGraph } from '../address';
import { formatCount } from '../format';
import { openFiles } from '../opening';
import { DataTable } from './DataTable';
import { KnownChart } from './KnownChart';
import { RankingPanel } from './RankingPanel';
import { rankedRows } from './ranked-rows';
import { knownOf, objectionTo, rankingColumns } from './ranking-columns';
import { useZoo, zooStore } from './zoo-store';

async function openFound(path: string): Promise<void> {
  const found = zooStore.getState().ranking.found.get(path);
  if (!found) return;
  showGraph();
  await openFiles([found.file, ...found.companions]);
}

export function RankingSection() {
  const { ranking, rankingSort } = useZoo((state) => state);
  const { results, backends } = ranking;
  const [marked, setMarked] = useState<string>();
  const rows = useMemo(() => rankedRows(results), [results]);
  const hasKnown = rows.some((row) => knownOf(row) !== undefined);
  const columns = useMemo(() => rankingColumns(rows), [rows]);
  const markedRow = rows.find(({ result }) => result.path === marked);
  const layout = results.length === 0 ? 'empty' : hasKnown ? 'ranking' : 'without-chart';
  return (
    <div className={`zoo-body ${layout}`}>
      <RankingPanel ranking={ranking} rows={rows} />
      {hasKnown && (
        <KnownChart rows={rows} backends={backends} marked={marked} onMark={setMarked} onOpen={openFound} />
      )}
      {results.length > 0 && (
        <section className="zoo-table" aria-label="Ranking">
          <DataTable
            label={`${formatCount(results.length)} networks, ranked`}
            columns={columns}
            rows={rows}
            keyOf={({ result }) => result.path}
            sort={rankingSort}
            onSort={(next) => zooStore.setState({ rankingSort: next })}
            marked={marked}
            onMark={setMarked}
            onOpen={({ result }) => void openFound(result.path)}
          />
          <p className="table-foot" aria-live="polite">
            {markedRow && objectionTo(markedRow) ? (
              <>
                <strong>{markedRow.result.path}</strong> {objectionTo(markedRow)}
              </>
            ) : (
              'A click, or Enter, opens a network in the graph.'
            )}
          </p>
        </section>
      )}
    </div>
  );
}
