/** Above what is shown: what is being read, with a way to stop; what went wrong, in one sentence; or what is worth telling. */

interface NoticesProps {
  readonly reading?: { readonly words: string; readonly onCancel: () => void } | undefined;
  readonly error?: string | undefined;
  readonly notice?: string | undefined;
  readonly onDismiss: () => void;
}

export function Notices({ reading, error, notice, onDismiss }: NoticesProps) {
  const dismiss = (
    <button type="button" className="quiet" onClick={onDismiss}>
      Dismiss
    </button>
  );
  return (
    <div className="notices">
      {reading && (
        <output className="notice">
          <span className="spinner" aria-hidden="true" />
          <span>{reading.words}</span>
          <button type="button" className="quiet" onClick={reading.onCancel}>
            Cancel
          </button>
        </output>
      )}
      {error && (
        <div className="notice error" role="alert">
          <span>{error}</span>
          {dismiss}
        </div>
      )}
      {notice && (
        <output className="notice">
          <span>{notice}</span>
          {dismiss}
        </output>
      )}
    </div>
  );
}
