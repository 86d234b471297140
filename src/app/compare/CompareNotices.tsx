/** What went wrong, with everything left as it was; and what is being read. */
import { Notices } from '../Notices';
import { compareStore, useCompare } from './compare-store';
import { cancelChoosing } from './comparing';
import { cancelSeries } from './series';

export function CompareNotices() {
  const { opening, error } = useCompare((state) => state);
  const share = opening?.share;
  const reading = opening && {
    words: `Reading ${opening.name} …${share === undefined ? '' : ` ${Math.round(100 * share)} %`}`,
    onCancel: share === undefined ? cancelChoosing : cancelSeries,
  };
  return (
    <Notices reading={reading} error={error} onDismiss={() => compareStore.setState({ error: undefined })} />
  );
}
