/** Zoom buttons and keys reach the view through here, without the view's state leaving it. */
export type ViewCommand = 'fit' | 'zoomIn' | 'zoomOut';

const target = new EventTarget();

export const sendViewCommand = (command: ViewCommand) =>
  target.dispatchEvent(new CustomEvent('command', { detail: command }));

/** Returns the function that stops listening. */
export function onViewCommand(handle: (command: ViewCommand) => void): () => void {
  const listener = (event: Event) => handle((event as CustomEvent<ViewCommand>).detail);
  target.addEventListener('command', listener);
  return () => target.removeEventListener('command', listener);
}
