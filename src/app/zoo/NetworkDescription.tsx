/** What a network of the zoo is, in a few lines. */
import { formatCount, formatPercent } from '../format';
import { wordFor } from './properties';
import { signedPoints } from './zoo-columns';
import type { ZooNetwork } from './zoo-data';

export function NetworkDescription({
  network,
  predicted,
}: {
  network: ZooNetwork | undefined;
  predicted: readonly number[];
}) {
  if (!network) return null;
  const { name, accuracy, index, samplesSeen, parameters, depth, widest, isShipped } = network;
  return (
    <>
      <strong>{name}</strong>
      <span>
        true {formatPercent(accuracy)}, predicted {formatPercent(predicted[index])} (
        {signedPoints(predicted[index] - accuracy)})
      </span>
      <span>
        {network.kind && `${wordFor(network.kind)}, `}
        {network.split === 'edited-test' && `edited (${network.edit}), `}
        {depth} layers of up to {widest} nodes, {network.norm === 'none' ? 'no' : network.norm} norm,{' '}
        {wordFor(network.activation)}
      </span>
      <span>
        {formatCount(parameters)} parameters, {formatCount(samplesSeen)} samples seen,{' '}
        {wordFor(network.optimiser)}
      </span>
      <em>{isShipped ? 'Click to open it' : 'Its file does not come with the page'}</em>
    </>
  );
}
