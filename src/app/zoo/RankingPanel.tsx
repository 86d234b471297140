/** Choosing files to be ranked, how far the ranking is, what came of it, and taking it away. */
import { type InputHTMLAttributes, useRef } from 'react';
import { download } from '../download';
import { formatCount, formatDuration } from '../format';
import { AS_FOLDER, chosenFiles } from '../found-files';
import { useApp } from '../store';
import { rankingCsv, rankingJson } from './export-ranking';
import type { RankedRow } from './ranked-rows';
import { rankFiles, stopRanking } from './ranking';
import type { Ranking } from './zoo-store';

interface RankingPanelProps {
  readonly ranking: Ranking;
  readonly rows: readonly RankedRow[];
}

export function RankingPanel({ ranking, rows }: RankingPanelProps) {
  const { status, backends, reason } = ranking;
  return (
    <aside className="ranking-panel" aria-label="Files and progress">
      <Choosing isFirst={status === 'none'} />
      {status === 'running' && <Progress ranking={ranking} />}
      {status === 'failed' && (
        <p className="refusal" role="alert">
          The ranking stopped: {reason}
        </p>
      )}
      {(rows.length > 0 || status === 'stopped') && <Summary ranking={ranking} rows={rows} />}
      {rows.length > 0 && backends.length > 0 && (
        <div className="take-away">
          <button type="button" onClick={() => download('ranking.csv', rankingCsv(rows), 'text/csv')}>
            Save as CSV
          </button>
          <button
            type="button"
            onClick={() => download('ranking.json', rankingJson(rows, backends), 'application/json')}
          >
            Save as JSON
          </button>
        </div>
      )}
      {backends.length > 0 && <By backends={backends} />}
    </aside>
  );
}

function By({ backends }: { backends: Ranking['backends'] }) {
  const zoos = useApp((state) => state.zoos);
  const [{ card, kind }] = backends;
  const names = backends.map(({ zoo }) => zoos.find(({ id }) => id === zoo)?.name ?? zoo);
  return (
    <p className="muted small">
      By {card.name}, on the {kind === 'gpu' ? 'GPU' : 'CPU'}, each network by what was learned from the zoo
      that it resembles: {names.join(', ')}. Interval: {Math.round(100 * card.interval.coverage)} %, for
      networks that resemble a zoo.
    </p>
  );
}

function Choosing({ isFirst }: { isFirst: boolean }) {
  const filesRef = useRef<HTMLInputElement>(null);
  const folderRef = useRef<HTMLInputElement>(null);
  const input: InputHTMLAttributes<HTMLInputElement> = {
    type: 'file',
    multiple: true,
    hidden: true,
    onChange: ({ target }) => {
      if (target.files) void rankFiles(chosenFiles(target.files));
      target.value = '';
    },
  };
  return (
    <div className="choosing">
      <h2>Rank your own networks</h2>
      {isFirst && (
        <p>
          Drop a folder, or many files, anywhere on this page: in any format that the page opens, thousands if
          you like. Each is read here, on your machine, and its accuracy predicted from its weights.
        </p>
      )}
      <p className="choosing-buttons">
        <button
          type="button"
          className={isFirst ? 'primary' : undefined}
          onClick={() => folderRef.current?.click()}
        >
          Choose a folder…
        </button>
        <button type="button" onClick={() => filesRef.current?.click()}>
          Choose files…
        </button>
      </p>
      <input ref={folderRef} {...input} {...AS_FOLDER} aria-label="Folder of networks" />
      <input ref={filesRef} {...input} aria-label="Networks" data-testid="ranking-files" />
    </div>
  );
}

function Progress({ ranking: { results, found, took } }: { ranking: Ranking }) {
  const left = (took * (found.size - results.length)) / results.length;
  return (
    <div className="ranking-progress">
      <progress value={results.length} max={found.size} aria-label="Networks ranked" />
      <p aria-live="polite">
        {formatCount(results.length)} of {formatCount(found.size)}
        {left > 2000 && Number.isFinite(left) && (
          <span className="muted"> · about {formatDuration(left)} left</span>
        )}
      </p>
      <button type="button" onClick={stopRanking}>
        Cancel
      </button>
    </div>
  );
}

function Summary({ ranking: { status, found, took }, rows }: RankingPanelProps) {
  const refused = rows.filter(({ result }) => result.kind === 'refused').length;
  const like = rows.filter(({ rank }) => rank !== undefined).length;
  const unlike = rows.length - refused - like;
  const missing = found.size - rows.length;
  return (
    <div className="summary">
      {status !== 'running' && (
        <p>
          <strong>{formatCount(rows.length)} files</strong> in {formatDuration(took)}
          {status === 'stopped' && `; stopped before the other ${formatCount(missing)}`}
        </p>
      )}
      {like > 0 && (
        <p className="domain inside">✓ {formatCount(like)} resemble a zoo’s networks, and are ranked</p>
      )}
      {unlike > 0 && (
        <div className="domain outside" role="note">
          <strong>{formatCount(unlike)} unlike anything in the zoos</strong>
          <span>Their numbers mean little; they stand below, without a rank.</span>
        </div>
      )}
      {refused > 0 && (
        <p className="refusal">{formatCount(refused)} refused: the reasons stand at the end of the table.</p>
      )}
    </div>
  );
}
