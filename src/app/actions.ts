/** What the page does besides opening and judging: selecting, looking otherwise, putting messages away. */
import { storePreferences } from './preferences';
import { type Selection, store } from './store';

export const select = (selection: Selection | undefined) => store.setState({ selection });

export const showError = (error: string) => store.setState({ error });

export const dismissError = () => store.setState({ error: undefined });

export function toggleTheme(): void {
  store.setState(({ theme }) => ({ theme: theme === 'dark' ? 'light' : 'dark' }));
  storePreferences(store.getState());
}

/** Selects the layer with parameters before or after the selected one. */
export function stepLayer(by: 1 | -1): void {
  const { model, selection } = store.getState();
  if (!model) return;
  const drawn = model.layers.filter(({ tensors }) => tensors.length > 0);
  const current =
    selection?.kind === 'layer' ? drawn.findIndex(({ index }) => index === selection.layer) : -1;
  const next = drawn[(current + by + drawn.length) % drawn.length] ?? drawn[0];
  select({ kind: 'layer', layer: next.index });
}
