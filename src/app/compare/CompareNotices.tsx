/** What went wrong, in one sentence, with everything left as it was; and what is being read, with a way to stop. */
import { compareStore, useCompare } from './compare-store';
import { cancelChoosing } from './comparing';
import { cancelSeries } from './series';

export function CompareNotices() {
  const { opening, error } = useCompare((state) => state);
  const cancel = () => (opening?.share === undefined ? cancelChoosing() : cancelSeries());
  return (
    <div className="notices">
      {opening && (
        <output className="notice">
          <span className="spinner" aria-hidden="true" />
          <span>
            Reading {opening.name} …{opening.share !== undefined && ` ${Math.round(100 * opening.share)} %`}
          </span>
          <button type="button" className="quiet" onClick={cancel}>
            Cancel
          </button>
        </output>
      )}
      {error && (
        <div className="notice error" role="alert">
          <span>{error}</span>
          <button type="button" className="quiet" onClick={() => compareStore.setState({ error: undefined })}>
            Dismiss
          </button>
        </div>
      )}
    </div>
  );
}
