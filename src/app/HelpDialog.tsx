import { Dialog } from './Dialog';
import { SHORTCUTS } from './shortcuts';
import { startTour } from './tour/tour-store';

/** What the page is, what the number means, and every key. */
export function HelpDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog onClose={onClose} title="Metanet Playground">
      <p>
        A <em>metanetwork</em> is a neural network whose input is another neural network. Drop a model file:
        its neurons become nodes and its weights edges of a <em>parameter graph</em>, and a graph metanetwork
        reads that graph to say how accurate the network is, from the weights alone, without any data.
      </p>
      <p>
        The prediction has learned from small CIFAR-10 classifiers. For networks like them it is a good guess
        with a stated error; for anything else the page says that it is unlike what the metanet knows. Nothing
        you open leaves this machine: the page may only talk to its own files.
      </p>
      <p>
        <button
          type="button"
          onClick={() => {
            onClose();
            startTour();
          }}
        >
          Take the tour
        </button>{' '}
        <span className="muted">five stops, two minutes</span>
      </p>
      <h3>Keys</h3>
      <table className="keys">
        <tbody>
          {Object.values(SHORTCUTS).map(({ label, does }) => (
            <tr key={label}>
              <td>
                <kbd>{label}</kbd>
              </td>
              <td>{does}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Dialog>
  );
}
