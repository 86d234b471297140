/** The address says what is shown: #zoo or #compare for the views that lie over the graph, else the graph, by what it shows. */
import { store, type View } from './store';

type Overlay = Exclude<View, 'graph'>;

/** What each view is called in the address; Compare adds what it compares. */
const hashes: Record<Overlay, string> = { zoo: '#zoo', compare: '#compare' };

function namedView(): View {
  const overlays = Object.keys(hashes) as Overlay[];
  return overlays.find((view) => location.hash.split('&')[0] === `#${view}`) ?? 'graph';
}

const first = namedView();
if (first !== 'graph') hashes[first] = location.hash;

/** The graph's own address, to come back to. */
let graphAddress = first === 'graph' ? location.href : location.pathname;

/** What the graph shows, as a hash names it; empty where none does. */
export const graphHash = () => new URL(graphAddress, location.href).hash;

/** Names what the graph shows: a hash, or nothing. */
export function nameGraph(hash: string): void {
  graphAddress = hash || location.pathname;
  if (store.getState().view === 'graph') history.replaceState(null, '', graphAddress);
}

let comparison: string | undefined;

/** Whether the address names another comparison than the one that is shown, or was last. */
export const namesOtherComparison = () => namedView() === 'compare' && location.hash !== comparison;

/** Names what is compared: a hash that begins with #compare. */
export function nameComparison(hash: string): void {
  hashes.compare = hash;
  comparison = hash;
  if (store.getState().view === 'compare') history.replaceState(null, '', hash);
}

export function showView(view: View): void {
  if (store.getState().view === view) return;
  history.pushState(null, '', view === 'graph' ? graphAddress : hashes[view]);
  store.setState({ view });
}

export const showGraph = () => showView('graph');

/** Opens a view, or goes back to the graph from it. */
export const toggleView = (view: Overlay) => showView(store.getState().view === view ? 'graph' : view);

/** As the address says: at the start, and when a person moves back and forward. */
const follow = () => store.setState({ view: namedView() });
follow();
addEventListener('popstate', follow);
