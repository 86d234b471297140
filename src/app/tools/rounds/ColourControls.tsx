/** What the colours stand for, and which channel is followed. */
import type { NetworkTrace } from '../../../tasks';
import { useApp } from '../../store';
import { useFollowedChannel } from './followed-channel';
import { showRounds } from './trace';

export function ColourControls({ trace }: { trace: NetworkTrace }) {
  const { colours, channel } = useApp((state) => state.roundsView);
  const followed = useFollowedChannel(trace);
  const { width } = trace;
  return (
    <fieldset className="round-colours">
      <legend className="visually-hidden">What colours stand for</legend>
      <label>
        <input
          type="radio"
          name="round-colours"
          checked={colours === 'components'}
          onChange={() => showRounds({ colours: 'components' })}
        />
        All {width} channels, as three components
      </label>
      <label>
        <input
          type="radio"
          name="round-colours"
          checked={colours === 'channel'}
          onChange={() => showRounds({ colours: 'channel', channel: followed })}
        />
        One channel
      </label>
      <p className="channel">
        <label>
          Channel{' '}
          <input
            type="number"
            min={1}
            max={width}
            value={followed + 1}
            onChange={({ target }) => {
              const chosen = Math.round(target.valueAsNumber) - 1;
              if (chosen >= 0 && chosen < width) showRounds({ channel: chosen });
            }}
          />{' '}
          of {width}
        </label>
        {colours === 'components' && (
          <button
            type="button"
            aria-pressed={channel === undefined}
            onClick={() => showRounds({ channel: undefined })}
          >
            Changes most
          </button>
        )}
      </p>
      <p className="muted small">
        {colours === 'components'
          ? 'A state as hue and lightness: its first three principal components over all rounds. Nodes and edges each have theirs. '
          : 'Orange is positive, blue negative, grey zero; full from twice the channel’s root mean square on. '}
        Nodes of one layer with the same colour are treated alike by the metanet.
        {!trace.pairs && ' Lines are grey: the states of this many edges are not kept.'}
      </p>
    </fieldset>
  );
}
