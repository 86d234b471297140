/** What went wrong, in one sentence, above the model that stays open; and what is being opened, with a way to stop. */
import { dismissError } from './actions';
import { cancelOpening } from './opening';
import { useApp } from './store';

export function ErrorNotice() {
  const error = useApp((state) => state.error);
  const opening = useApp((state) => state.opening);
  return (
    <div className="notices">
      {opening && (
        <output className="notice">
          <span className="spinner" aria-hidden="true" />
          <span>Opening {opening.name} …</span>
          <button type="button" className="quiet" onClick={cancelOpening}>
            Cancel
          </button>
        </output>
      )}
      {error && (
        <div className="notice error" role="alert">
          <span>{error}</span>
          <button type="button" className="quiet" onClick={dismissError}>
            Dismiss
          </button>
        </div>
      )}
    </div>
  );
}
