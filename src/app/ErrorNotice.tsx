/** What went wrong, above the model that stays open; and what is being opened. */
import { dismissError } from './actions';
import { Notices } from './Notices';
import { cancelOpening } from './opening';
import { useApp } from './store';

export function ErrorNotice() {
  const error = useApp((state) => state.error);
  const opening = useApp((state) => state.opening);
  const reading = opening && { words: `Opening ${opening.name} …`, onCancel: cancelOpening };
  return <Notices reading={reading} error={error} onDismiss={dismissError} />;
}
