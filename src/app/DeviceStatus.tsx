/** Where the metanet runs, why, and whether GPU and CPU agree. */
import { Popover } from './Popover';
import { useApp } from './store';

export function DeviceStatus() {
  const backend = useApp((state) => state.backend);
  const selfCheck = useApp((state) => state.selfCheck);
  const label = !backend ? 'starting…' : backend.kind === 'cpu' ? 'CPU' : 'GPU';
  const tone = !backend ? 'idle' : backend.kind === 'gpu' && !backend.isSoftware ? 'good' : 'warn';
  return (
    <Popover
      label={<DeviceLabel tone={tone} label={label} note={backend?.isSoftware ? ' (software)' : ''} />}
      className="quiet device"
      isRight
    >
      {() => (
        <div className="device-card">
          {backend ? (
            <>
              <h3>
                {backend.kind === 'gpu' ? 'The metanet runs on the GPU' : 'The metanet runs on the CPU'}
              </h3>
              <p>{backend.kind === 'gpu' ? `Adapter: ${backend.description}.` : backend.description}</p>
              {backend.kind === 'cpu' && (
                <p>The numbers are the same; large networks take longer or are refused.</p>
              )}
              {backend.isSoftware && (
                <p>This adapter is software: it computes the same on the processor, more slowly.</p>
              )}
              {backend.kind === 'gpu' && (
                <p>
                  Self-check:{' '}
                  {selfCheck === undefined
                    ? 'runs after the first small network.'
                    : selfCheck === 'running'
                      ? 'comparing with the CPU …'
                      : `GPU and CPU differ by ${selfCheck.toExponential(1)} (relative).`}
                </p>
              )}
            </>
          ) : (
            <p>The metanet is being loaded …</p>
          )}
        </div>
      )}
    </Popover>
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
