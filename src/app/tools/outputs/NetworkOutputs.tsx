/** What the open network itself puts out for one input, before and after the edits: run in the page, by ONNX Runtime. */
import { max, min, scaleLinear } from 'd3';
import { useEffect, useRef } from 'react';
import { formatLarge, formatValue } from '../../format';
import { openModelApi } from '../../model-client';
import { isSettled, lastOutputs, type NetworkInput, type Outputs, store, useApp } from '../../store';
import { useAnswer } from '../../use-answer';
import { Working } from '../../Working';
import { messageOf } from '../../worker-clients';
import { pictureAxes, pictureInput } from './picture-input';
import { runNetwork, stopRunning } from './run-network';

/** Networks up to this are run without being asked: a moment, after the runtime has been loaded. */
const MAX_UNASKED_PARAMETERS = 2e6;

export function NetworkOutputs() {
  const model = useApp((state) => state.model);
  const modelNumber = useApp((state) => state.modelNumber);
  const input = useApp((state) => state.networkInput);
  const state = useApp((app) => app.outputs);
  const isJudged = useApp(({ verdict }) => isSettled(verdict));
  const parameters = model?.graph.parameters.all ?? 0;
  const isUnasked = parameters <= MAX_UNASKED_PARAMETERS;
  const isAtRest = state.status === 'none' || state.status === 'stopped';
  const isWanted = isUnasked || !isAtRest;
  // The prediction comes first; after each edit the outputs follow it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the number stands for the model and its edits
  useEffect(() => {
    if (isJudged && isWanted) void runNetwork();
  }, [modelNumber, input, isJudged, isWanted]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another model is another run
  useEffect(() => () => stopRunning('none'), [model]);
  const outputs = lastOutputs(state);
  const run = () => {
    store.setState({ outputs: { status: 'waiting' } });
    if (isJudged && isWanted) void runNetwork(); // what is not yet wanted, is by that
  };
  return (
    <section
      className="network-outputs"
      aria-label="The network’s outputs"
      aria-busy={state.status === 'running' || state.status === 'waiting'}
    >
      <h3>The network’s own outputs</h3>
      <InputChooser input={input} />
      {state.status === 'failed' && <p className="refusal">{state.reason}</p>}
      {state.status === 'running' && !outputs && (
        <Working doing="Running the network" onCancel={() => stopRunning('stopped')} />
      )}
      {(state.status === 'stopped' || !isWanted) && (
        <p>
          {state.status === 'stopped' && 'Stopped. '}
          <button type="button" onClick={run}>
            Run it, with {formatLarge(parameters)} parameters
          </button>
        </p>
      )}
      {outputs && <OutputBars outputs={outputs} />}
    </section>
  );
}

/** A random input, another one, or a picture. */
function InputChooser({ input }: { input: NetworkInput }) {
  const fileRef = useRef<HTMLInputElement>(null);
  const inputs = useAnswer('inputs', (api) => api.inputs(1));
  const takesPictures = inputs !== undefined && pictureAxes(inputs) !== undefined;
  const choose = (networkInput: NetworkInput) => store.setState({ networkInput });
  const onPicture = async (file: File) => {
    try {
      const values = await pictureInput(file, await openModelApi().inputs(1));
      choose({ kind: 'picture', name: file.name, values });
    } catch (error) {
      store.setState({ error: messageOf(error) });
    }
  };
  return (
    <p className="input-chooser">
      <span className="muted small">
        for {input.kind === 'random' ? `random input ${input.seed}` : input.name}
      </span>
      <button
        type="button"
        onClick={() => choose({ kind: 'random', seed: input.kind === 'random' ? input.seed + 1 : 1 })}
      >
        {input.kind === 'random' ? 'Another' : 'Random'}
      </button>
      {takesPictures && (
        <button type="button" onClick={() => fileRef.current?.click()}>
          Picture…
        </button>
      )}
      <input
        ref={fileRef}
        type="file"
        accept="image/*"
        hidden
        aria-label="Picture to run the network on"
        onChange={({ target }) => {
          const file = target.files?.[0];
          if (file) void onPicture(file);
          target.value = '';
        }}
      />
    </p>
  );
}

const MAX_BARS = 12;
const BARS = { width: 284, height: 84, top: 4, bottom: 16 };

/** The first output: before as outlines, after as bars. Of many values those that are largest. */
function OutputBars({ outputs: { before, after } }: { outputs: Outputs }) {
  const [first] = before.outputs;
  if (!first) return <p className="muted small">It puts out nothing that is a list of numbers.</p>;
  const values = [...first.values];
  const isWhole = values.length <= MAX_BARS;
  const shown = isWhole
    ? [...values.keys()]
    : [...values.keys()].sort((a, b) => Math.abs(values[b]) - Math.abs(values[a])).slice(0, MAX_BARS);
  const now = shown.map((place) => after.outputs[0].values[place]);
  const then = shown.map((place) => values[place]);
  const all = [...now, ...then].filter(Number.isFinite);
  const y = scaleLinear(
    [Math.min(0, min(all) ?? 0), Math.max(0, max(all) ?? 0)],
    [BARS.height - BARS.bottom, BARS.top],
  );
  const step = BARS.width / shown.length;
  const box = (value: number) => ({ y: Math.min(y(0), y(value)), height: Math.abs(y(value) - y(0)) });
  return (
    <figure className="output-bars">
      <svg viewBox={`0 0 ${BARS.width} ${BARS.height}`} role="img" aria-label={inWords(shown, then, now)}>
        {shown.map((place, index) => (
          <g key={place} transform={`translate(${index * step} 0)`}>
            <title>{`${first.name} ${place + 1}: ${formatValue(then[index])} → ${formatValue(now[index])}`}</title>
            {Number.isFinite(now[index]) && (
              <rect
                className={now[index] < 0 ? 'now negative' : 'now positive'}
                x={step * 0.2}
                width={step * 0.6}
                {...box(now[index])}
              />
            )}
            {Number.isFinite(then[index]) && (
              <rect className="then" x={step * 0.1} width={step * 0.8} {...box(then[index])} />
            )}
            <text x={step / 2} y={BARS.height - 3}>
              {place + 1}
            </text>
          </g>
        ))}
        <line className="gauge-axis" x2={BARS.width} y1={y(0)} y2={y(0)} />
      </svg>
      <figcaption className="muted small">
        {isWhole ? '' : `The largest ${MAX_BARS} of ${formatLarge(values.length)}. `}
        Bars: now. Outlines: as in the file. {Math.round(after.milliseconds)} ms.
      </figcaption>
    </figure>
  );
}

const inWords = (places: number[], then: number[], now: number[]) =>
  places
    .map((place, index) => `${place + 1}: ${formatValue(then[index])} before, ${formatValue(now[index])} now`)
    .join('; ');
