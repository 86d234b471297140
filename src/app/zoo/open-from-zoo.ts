/** Opens a network of the zoo in the graph, where its file comes with the page; says so where it does not. */
import { openZooNetwork } from '../open-zoo-network';
import type { Zoo } from './zoo-data';
import { zooStore } from './zoo-store';

export function openFromZoo({ id, networks }: Zoo, name: string): void {
  const network = networks.find((one) => one.name === name);
  if (network?.isShipped) {
    zooStore.setState({ notice: undefined });
    void openZooNetwork(id, name);
    return;
  }
  const shipped = networks.filter(({ isShipped }) => isShipped).length;
  zooStore.setState({
    notice: `The file of ${name} does not come with the page. ${shipped} networks’ files do, all of them held out from training: they are marked ↗ in the table.`,
  });
}
