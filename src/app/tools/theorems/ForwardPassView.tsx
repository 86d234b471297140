/** A forward pass by message passing, round by round, beside what ONNX Runtime puts out. */
import { useMemo, useState } from 'react';
import { largestDifference } from '../../../tasks';
import { formatCount, formatLarge } from '../../format';
import { formatDifference } from '../outputs/Readings';
import { ActivationPicture } from './ActivationPicture';
import { Asked } from './Asked';
import { chooseGmn } from './asking';

import { OutputTable } from './OutputTable';
import { RoundScrubber } from './RoundScrubber';
import { type ForwardPassResult, useTheorems } from './theorem-store';
import { heightPx, tilesOf } from './tiles';

/** Of the lines over and under a picture. */
const TEXT_PX = 46;

export function ForwardPassView({ result: { pass, expected } }: { result: ForwardPassResult }) {
  const last = pass.rounds.length - 1;
  // As high as the tallest picture: nothing below it moves with the round.
  const tallest = useMemo(
    () =>
      Math.max(
        0,
        ...pass.rounds.map((one) => (one.activations ? heightPx(tilesOf(one.activations.shape)) : 0)),
      ),
    [pass],
  );
  const [round, setRound] = useState(last);
  const isGmn = useTheorems((state) => state.isGmn);
  const gmn = useTheorems((state) => state.gmn);
  const outputs = (passed: ArrayLike<number>) => (
    <>
      <OutputTable
        passed={passed}
        isHeld={(output) => pass.outputRounds[output] <= round}
        expected={expected.values}
      />
      <Difference passed={passed} expected={expected.values} isOver={round === last} />
    </>
  );
  const { operators, towards, activations } = pass.rounds[round];
  return (
    <>
      <p className="muted small">
        {formatLarge(pass.nodeCount)} nodes · {formatLarge(pass.edgeCount)} edges · {formatCount(last)} rounds
      </p>
      <RoundScrubber rounds={pass.rounds} round={round} onRound={setRound} />
      <div className="round-made" style={{ minHeight: TEXT_PX + tallest }}>
        <p className="small">
          {round === 0 ? (
            'The input'
          ) : operators.length > 0 ? (
            <strong>{operators.join(', ')}</strong>
          ) : (
            <span className="muted">on the way to {towards}</span>
          )}
        </p>
        {activations && <ActivationPicture activations={activations} />}
      </div>
      <label className="gmn-switch">
        <input type="checkbox" checked={isGmn} onChange={({ target }) => void chooseGmn(target.checked)} />
        With the checkpoint’s own GMN code
      </label>
      {isGmn && (
        <p className="muted small">
          The code that predicts accuracy here, with other weights. It has only SiLUs, averages and layer
          norms: products and ReLUs are approximated, to about eight digits. Its states start as plain values,
          not as the encodings that the trained GMN begins with.
        </p>
      )}
      {isGmn ? (
        <Asked
          answer={gmn}
          label="Run it again"
          doing="Passing messages with the checkpoint’s own GMN"
          onAsk={() => void chooseGmn(true)}
        >
          {(states) => outputs(states[round])}
        </Asked>
      ) : (
        outputs(pass.outputs)
      )}
    </>
  );
}

interface DifferenceProps {
  readonly passed: ArrayLike<number>;
  readonly expected: ArrayLike<number>;
  readonly isOver: boolean;
}

function Difference({ passed, expected, isOver }: DifferenceProps) {
  const difference = largestDifference(passed, expected);
  return (
    <p className="largest-difference" aria-live="polite">
      {!isOver
        ? 'The last round holds the output.'
        : Number.isNaN(difference)
          ? 'An output is not a number: nothing can be compared.'
          : 'Largest difference, relative: '}
      {isOver && !Number.isNaN(difference) && (
        <strong data-testid="difference" data-value={difference}>
          {formatDifference(difference)}
        </strong>
      )}
      {isOver && <span className="muted"> · ONNX Runtime counts in float32, messages in float64</span>}
    </p>
  );
}
