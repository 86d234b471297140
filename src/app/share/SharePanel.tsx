/** Passing on what is open: a link that opens the page as it stands, and the verdict as a file. */
import { useState } from 'react';
import type { ModelSummary } from '../../workers/model-summary';
import { download, withoutEnding } from '../download';
import { savedName, saveNetwork } from '../edits/save-network';
import { together } from '../ensemble';
import { seenPart } from '../graph-view/view-commands';
import { exportedName, exportMetanet } from '../judging';
import { openModelApi } from '../model-client';
import { sampleFile } from '../opening';
import { changesOf, store, useApp } from '../store';
import { FIRST_ROUND } from '../tools/rounds/state';
import { messageOf } from '../worker-clients';
import { loaderOf, pythonSnippet, safetensorsLoader, type TensorFile } from './python-snippet';
import { hashOf, type Source } from './share-link';
import { type Judged, verdictCsv, verdictJson } from './verdict-report';

export function SharePanel() {
  const model = useApp((state) => state.model);
  const source = useApp((state) => state.source);
  const isJudged = useApp((state) => state.verdict.status === 'done');
  const isAsking = useApp((state) => !state.opinions.isDone);
  const isEdited = useApp((state) => state.edits.edits.length > 0);
  const view = useApp((state) => state.view);
  if (view !== 'graph') {
    return (
      <div className="share">
        <h3>Link</h3>
        <LinkField />
      </div>
    );
  }
  if (!model) return <p className="muted">Nothing is open yet.</p>;
  return (
    <div className="share">
      <h3>Link</h3>
      {source ? <LinkField /> : <p>A model of several files does not fit into a link.</p>}
      <h3>Verdict</h3>
      <p className="muted">
        With the file’s SHA-256{isEdited && ' and the edits'}, for tables and programs.
        {isJudged && isAsking && ' Other metanets are still being asked.'}
      </p>
      <p className="buttons">
        <button type="button" disabled={!isJudged} onClick={() => void save('json')}>
          Save as JSON
        </button>
        <button type="button" disabled={!isJudged} onClick={() => void save('csv')}>
          Save as CSV
        </button>
      </p>
      {isJudged && <PythonSection model={model} isEdited={isEdited} />}
    </div>
  );
}

/** The same number without the page: the metanet as a file, the tensors as one where need be, and the program that runs it. */
function PythonSection({ model, isEdited }: { model: ModelSummary; isEdited: boolean }) {
  const accuracy = useApp(({ verdict }) =>
    verdict.status === 'done' ? verdict.verdict.accuracy : undefined,
  );
  const cameWith = useApp(({ source }) => (source?.kind === 'file' ? undefined : source));
  const [message, setMessage] = useState('');
  if (accuracy === undefined) return null;
  const { file, tensors } = model.report;
  const types = tensors.map(({ type }) => type);
  const loader = isEdited || !model.areTensorsInFile ? undefined : loaderOf(file.format, types);
  const source: TensorFile = loader
    ? { name: file.name, loader }
    : {
        name: savedName(model.fileName, isEdited, 'safetensors'),
        loader: safetensorsLoader(types),
      };
  const code = pythonSnippet(source, exportedName(model.fileName), accuracy);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(code);
      setMessage('Copied.');
    } catch {
      setMessage('The browser does not let this page copy: mark the text.');
    }
  };
  return (
    <>
      <h3>Python</h3>
      <p className="muted">
        Gets the same number from {loader ? 'the file' : 'the tensors, saved as safetensors,'} and the
        metanet, saved as ONNX.
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
      <pre tabIndex={0}>{code}</pre>
      <p className="buttons">
        {!loader && (
          <button type="button" onClick={() => void saveNetwork('safetensors')}>
            Save the tensors
          </button>
        )}
        {loader && cameWith && (
          <button type="button" onClick={() => void saveSource(cameWith)}>
            Save the file
          </button>
        )}
        <button type="button" onClick={() => void exportMetanet()}>
          Save the metanet
        </button>
        <button type="button" onClick={() => void copy()}>
          Copy
        </button>
        <span aria-live="polite">{message}</span>
      </p>
    </>
  );
}

type LinkState = { readonly link?: string; readonly message: string };

function LinkField() {
  const source = useApp((state) => state.source);
  const view = useApp((state) => state.view);
  const [{ link, message }, setState] = useState<LinkState>({
    message: view === 'graph' ? explain(source?.kind) : OVER_GRAPH[view],
  });
  const copy = async () => {
    const made = await makeLink().catch((error: unknown) => ({ failed: messageOf(error) }));
    if (typeof made !== 'string') return setState({ message: made.failed });
    try {
      await navigator.clipboard.writeText(made);
      setState({ message: 'Copied.' });
    } catch {
      // Not every page may write to the clipboard: the link is shown to be copied by hand.
      setState({ link: made, message: 'Copy it from here:' });
    }
  };
  return (
    <>
      <p aria-live="polite">{message}</p>
      {link && <input readOnly value={link} aria-label="Link" onFocus={({ target }) => target.select()} />}
      <p className="buttons">
        <button type="button" className="primary" onClick={() => void copy()}>
          Copy link
        </button>
      </p>
    </>
  );
}

/** Saves the file of a network that came with the page. */
async function saveSource(source: Exclude<Source, { kind: 'file' }>): Promise<void> {
  try {
    const { networkFile } = await import('../open-zoo-network');
    const file = source.kind === 'sample' ? await sampleFile(source.file) : await networkFile(source);
    const name = source.kind === 'sample' ? source.file : source.name;
    download(name, file, 'application/octet-stream');
  } catch (error) {
    store.setState({ error: `It was not saved. ${messageOf(error)}` });
  }
}

const explain = (kind: 'sample' | 'zoo' | 'file' | undefined) =>
  kind === 'file'
    ? `${AS_IT_STANDS} The whole file is in the link, behind the #, which no server sees.`
    : AS_IT_STANDS;

const AS_IT_STANDS =
  'Opens the page as it stands: this network, what is seen and selected, the tool, the edits (not another checkpoint that it goes towards).';

/** What a link to a view that lies over the graph opens. */
const OVER_GRAPH = {
  zoo: 'Opens the page with the zoo, as it is at first.',
  compare: 'Opens the page with this comparison, if both sides came with it: files are not in the link.',
};

async function makeLink(): Promise<string> {
  const { view, source, selection, corrections, tool, edits, roundsView, wantedZoo } = store.getState();
  if (view !== 'graph') return location.href;
  if (!source) throw new Error('Nothing is open.');
  const link = new URL(location.href);
  link.hash = await hashOf({
    source,
    selection,
    part: seenPart(),
    corrections: corrections.current,
    tool,
    edits: edits.edits,
    rounds: tool === 'rounds' ? roundsView : FIRST_ROUND,
    wantedZoo,
  });
  return link.href;
}

async function save(form: 'json' | 'csv'): Promise<void> {
  const { model, verdict, backend, opinions, edits } = store.getState();
  if (!model || verdict.status !== 'done' || !backend) return;
  const own = { metanet: backend.card.metanet, ...verdict.verdict };
  const changes = changesOf(store.getState());
  const mean = opinions.ensemble && together(opinions.ensemble, [own, ...opinions.opinions], changes);
  try {
    const judged: Judged = {
      model,
      known: changes.length === 0 ? model.known : undefined,
      sha256: await openModelApi().sha256(),
      edits: edits.edits,
      card: backend.card,
      verdict: verdict.verdict,
      opinions: [...opinions.opinions, ...(mean ? [mean] : [])],
    };
    const name = `${withoutEnding(model.fileName)}.verdict.${form}`;
    if (form === 'csv') download(name, verdictCsv(judged), 'text/csv');
    else download(name, verdictJson(judged), 'application/json');
  } catch (error) {
    store.setState({ error: `The verdict was not saved: ${messageOf(error)}` });
  }
}
