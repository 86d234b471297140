/** Outputs side by side, as bars and numbers: what message passing holds, and what ONNX Runtime says. */
import { formatCount } from '../../format';
import { formatDigits } from './format-numbers';

const SHOWN = 10;

interface OutputTableProps {
  readonly passed: ArrayLike<number>;
  /** Whether a round has made the output right. */
  readonly isHeld: (output: number) => boolean;
  readonly expected: ArrayLike<number>;
}

export function OutputTable({ passed, isHeld, expected }: OutputTableProps) {
  const all = Array.from({ length: expected.length }, (_, output) => output);
  const magnitude = (output: number) => Math.abs(expected[output]);
  const shown = all
    .toSorted((a, b) => magnitude(b) - magnitude(a))
    .slice(0, SHOWN)
    .sort((a, b) => a - b);
  const most = Math.max(...shown.map(magnitude), 1e-30);
  return (
    <table className="outputs">
      <caption>
        {expected.length > SHOWN
          ? `The ${SHOWN} largest of ${formatCount(expected.length)} outputs`
          : expected.length === 1
            ? 'The output'
            : 'The outputs'}
      </caption>
      <thead>
        <tr>
          <th scope="col" colSpan={2}>
            <span className="visually-hidden">Output</span>
          </th>
          <th scope="col" className="passed">
            messages
          </th>
          <th scope="col" className="expected">
            ONNX Runtime
          </th>
        </tr>
      </thead>
      <tbody>
        {shown.map((output) => (
          <tr key={output}>
            <th scope="row">{output + 1}</th>
            <td>
              <svg viewBox="-1 0 2 12" preserveAspectRatio="none" aria-hidden="true">
                <line x1="0" x2="0" y1="0" y2="12" />
                {isHeld(output) && <Bar className="passed" y={1} share={passed[output] / most} />}
                <Bar className="expected" y={6.5} share={expected[output] / most} />
              </svg>
            </td>
            <td className="number">{isHeld(output) ? formatDigits(passed[output]) : '…'}</td>
            <td className="number">{formatDigits(expected[output])}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** `share`: −1 … 1 of the widest bar. */
function Bar({ className, y, share }: { className: string; y: number; share: number }) {
  const width = Number.isFinite(share) ? Math.min(1, Math.abs(share)) : 0;
  return <rect className={className} x={share < 0 ? -width : 0} y={y} width={width} height="4.5" />;
}
