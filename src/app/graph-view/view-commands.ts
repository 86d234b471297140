/** Buttons and keys reach the view through here, without the view's state leaving it. */
import type { PictureForm } from './save-picture';
import type { Part } from './use-zoom';

export type ViewCommand =
  | 'fit'
  | 'zoomIn'
  | 'zoomOut'
  | { readonly save: PictureForm }
  /** Asks what is seen. */
  | { readonly tell: (part: Part | undefined) => void };

const target = new EventTarget();

export const sendViewCommand = (command: ViewCommand) =>
  target.dispatchEvent(new CustomEvent('command', { detail: command }));

/** Returns the function that stops listening. */
export function onViewCommand(handle: (command: ViewCommand) => void): () => void {
  const listener = (event: Event) => handle((event as CustomEvent<ViewCommand>).detail);
  target.addEventListener('command', listener);
  return () => target.removeEventListener('command', listener);
}

/** What the view shows of the graph; undefined where that is all. */
export function seenPart(): Part | undefined {
  let seen: Part | undefined;
  sendViewCommand({
    tell: (part) => {
      seen = part;
    },
  });
  return seen;
}
