/** Where the metanet runs, why, with how much memory, and whether its numbers are those of the reference. */
import { changeEngine } from './judging';
import { Popover } from './Popover';
import { BUDGETS_MIB } from './preferences';
import { useApp } from './store';

export function DeviceStatus() {
  const backend = useApp((state) => state.backend);
  const label = !backend ? 'starting…' : backend.kind === 'cpu' ? 'CPU' : 'GPU';
  const tone = backend?.isSoftware ? 'warn' : backend ? 'good' : 'idle';
  return (
    <Popover
      label={<DeviceLabel tone={tone} label={label} note={backend?.isSoftware ? ' (software)' : ''} />}
      className="quiet device"
      isRight
    >
      {() => <DeviceCard />}
    </Popover>
  );
}

function DeviceCard() {
  const backend = useApp((state) => state.backend);
  return (
    <div className="device-card">
      {backend ? (
        <>
          <h3>{backend.kind === 'gpu' ? 'The metanet runs on the GPU' : 'The metanet runs on the CPU'}</h3>
          <p>{backend.kind === 'gpu' ? `Adapter: ${backend.description}.` : backend.description}</p>
          {backend.kind === 'cpu' && (
            <p>
              WebAssembly on {backend.threads === 1 ? 'one thread' : `up to ${backend.threads} threads`}: the
              same numbers.
            </p>
          )}
          {backend.isSoftware && (
            <p>This adapter is software: it computes the same on the processor, more slowly.</p>
          )}
          <SelfCheck />
        </>
      ) : (
        <p>The metanet is being loaded …</p>
      )}
      <EngineChoices />
    </div>
  );
}

function SelfCheck() {
  const selfCheck = useApp((state) => state.selfCheck);
  return (
    <p>
      Self-check:{' '}
      {selfCheck === undefined
        ? 'runs after the first small network.'
        : selfCheck === 'running'
          ? 'comparing with the reference …'
          : `this and the plain reference differ by ${selfCheck.toExponential(1)} (relative).`}
    </p>
  );
}

function EngineChoices() {
  const engine = useApp((state) => state.engine);
  const budgetBytes = useApp((state) => state.budgetBytes);
  return (
    <div className="engine-choices">
      <label>
        Engine{' '}
        <select
          value={engine}
          onChange={({ target }) => changeEngine({ engine: target.value as typeof engine })}
        >
          <option value="auto">the fastest here</option>
          <option value="gpu">GPU</option>
          <option value="cpu">CPU</option>
        </select>
      </label>
      <label>
        Memory{' '}
        <select
          value={budgetBytes / 2 ** 20}
          onChange={({ target }) => changeEngine({ budgetBytes: Number(target.value) * 2 ** 20 })}
        >
          {BUDGETS_MIB.map((size) => (
            <option key={size} value={size}>
              {size < 1024 ? `${size} MiB` : `${size / 1024} GiB`}
            </option>
          ))}
        </select>
      </label>
      <p className="muted small">
        What does not fit into this memory is computed again in every round: slower, the same numbers.
      </p>
    </div>
  );
}

function DeviceLabel({ tone, label, note }: { tone: string; label: string; note: string }) {
  return (
    <>
      <span className={`dot ${tone}`} aria-hidden="true" />
      {label}
      <span className="wide">{note}</span>
    </>
  );
}
