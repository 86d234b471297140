/** Proposition 4: a metanet with constructed weights runs the open network, and ONNX Runtime says whether it is right. */
import { useEffect } from 'react';
import { estimatedEdges } from '../../../tasks';
import { formatLarge } from '../../format';
import { openSample } from '../../opening';
import { useApp } from '../../store';
import { Asked } from './Asked';
import { askForwardPass } from './asking';
import { ForwardPassView } from './ForwardPassView';
import { useTheorems } from './theorem-store';

/** Asked at once where it takes about a second. */
const MAX_UNASKED_EDGES = 1_500_000;

/** A small residual network of sums and ReLUs: both constructions run it. */
const RUNNABLE_SAMPLE = 'cifar10-cnn-55.onnx';

export function ForwardPassSection() {
  const edges = useApp(({ model }) => (model ? estimatedEdges(model.graph) : 0));
  const pass = useTheorems((state) => state.pass);
  const seed = useTheorems((state) => state.seed);
  const isAsked = pass.status === 'none' && edges <= MAX_UNASKED_EDGES;
  useEffect(() => {
    if (isAsked) void askForwardPass(seed);
  }, [isAsked, seed]);
  return (
    <section className="theorem" aria-labelledby="forward-pass-theorem">
      <h2 id="forward-pass-theorem">A metanet can run the network it reads</h2>
      <p className="small">
        Every neuron is a node, at every position; every product of a weight with an activation is an edge.
        Weights that were constructed, not trained, let a metanet run it all by messages: round k makes the
        nodes of depth k right.
      </p>
      <SeedField />
      <Asked
        answer={pass}
        label={`Run it: about ${formatLarge(edges)} edges`}
        doing="Running the network as message passing"
        onAsk={() => void askForwardPass(seed)}
        help={
          <p>
            <button type="button" onClick={() => void openSample(RUNNABLE_SAMPLE)}>
              Open a sample that can be run
            </button>
          </p>
        }
      >
        {(value) => <ForwardPassView key={seed} result={value} />}
      </Asked>
      <details className="small">
        <summary>What it does not show</summary>
        <p>
          This metanet is constructed, and exact because its perceptrons may use the square, to multiply, and
          the network’s own nonlinearities. In the paper (Lim et al., ICLR 2024, Proposition 4) they come as
          close as one likes.
        </p>
        <p>
          It speaks of computation graphs. On the parameter graph that this page draws, a channel is one node,
          and one number cannot hold a picture.
        </p>
        <p>
          That a metanet <em>can</em> run a network does not mean that the trained ones here do: they predict
          accuracy from weights, and never saw an input.
        </p>
      </details>
    </section>
  );
}

/** Which random input; the same number gives the same one. */
function SeedField() {
  const seed = useTheorems((state) => state.seed);
  return (
    <p className="seed">
      <label>
        Random input{' '}
        <input
          type="number"
          min="1"
          max="999999"
          value={seed}
          onChange={({ target }) => {
            if (target.validity.valid && target.value !== '') void askForwardPass(target.valueAsNumber);
          }}
        />
      </label>
      <button type="button" onClick={() => void askForwardPass(seed + 1)}>
        Another input
      </button>
    </p>
  );
}
