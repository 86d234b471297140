/** The address says what is shown: #zoo for the Zoo view, else the graph, by the sample that it shows. */
import { store } from './store';

const ZOO = '#zoo';

const isZooNamed = () => location.hash === ZOO;

/** The graph's own address, to come back to. */
let graphAddress = isZooNamed() ? location.pathname : location.href;

/** Names what the graph shows: a hash, or nothing. */
export function nameGraph(hash: string): void {
  graphAddress = hash || location.pathname;
  if (!store.getState().isZooOpen) history.replaceState(null, '', graphAddress);
}

function show(isZooOpen: boolean): void {
  if (store.getState().isZooOpen === isZooOpen) return;
  history.pushState(null, '', isZooOpen ? ZOO : graphAddress);
  store.setState({ isZooOpen });
}

export const openZoo = () => show(true);
export const closeZoo = () => show(false);
export const toggleZoo = () => show(!store.getState().isZooOpen);

/** As the address says: at the start, and when a person moves back and forward. */
const follow = () => store.setState({ isZooOpen: isZooNamed() });
follow();
addEventListener('popstate', follow);
