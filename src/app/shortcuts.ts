/** Every shortcut, once: for the key handler, the tooltips and the help dialog. */

export interface Shortcut {
  /** As `KeyboardEvent.key`, lower case. */
  readonly keys: readonly string[];
  readonly withControl?: boolean;
  /** Where the same key does something else without it. */
  readonly withShift?: boolean;
  readonly label: string;
  readonly does: string;
}

export const SHORTCUTS = {
  open: { keys: ['o'], withControl: true, label: 'Ctrl O', does: 'Open a model file' },
  search: { keys: ['/'], label: '/', does: 'Search the layers' },
  fit: { keys: [' ', 'f'], label: 'F or Space', does: 'Fit the graph to the window' },
  zoomIn: { keys: ['+', '='], label: '+', does: 'Zoom in' },
  zoomOut: { keys: ['-'], label: '−', does: 'Zoom out' },
  nextLayer: { keys: [']'], label: ']', does: 'Select the next layer' },
  previousLayer: { keys: ['['], label: '[', does: 'Select the previous layer' },
  up: { keys: ['arrowup'], label: '↑', does: 'Previous neuron of the layer' },
  down: { keys: ['arrowdown'], label: '↓', does: 'Next neuron of the layer' },
  left: { keys: ['arrowleft'], label: '←', does: 'Neuron in the layer before' },
  right: { keys: ['arrowright'], label: '→', does: 'Neuron in the layer after' },
  escape: { keys: ['escape'], label: 'Esc', does: 'Close, or clear the selection' },
  undo: { keys: ['z'], withControl: true, withShift: false, label: 'Ctrl Z', does: 'Undo the last edit' },
  redo: { keys: ['z'], withControl: true, withShift: true, label: 'Ctrl Shift Z', does: 'Redo it' },
  zoo: { keys: ['z'], label: 'Z', does: 'Open the zoo, or go back to the graph' },
  compare: { keys: ['c'], label: 'C', does: 'Compare two models, or go back to the graph' },
  theme: { keys: ['t'], label: 'T', does: 'Switch between light and dark' },
  help: { keys: ['?'], label: '?', does: 'Show this list' },
} as const satisfies Record<string, Shortcut>;

export type ShortcutName = keyof typeof SHORTCUTS;

/** The shortcut that a key press means, unless it is typed into a field. */
export function matchShortcut(event: KeyboardEvent): ShortcutName | undefined {
  const isTyping =
    (event.target instanceof HTMLInputElement && event.target.type !== 'range') ||
    event.target instanceof HTMLTextAreaElement ||
    event.target instanceof HTMLSelectElement;
  const isOnControl = event.target instanceof Element && event.target.matches('button, a, summary');
  const key = event.key.toLowerCase();
  for (const [name, shortcut] of Object.entries<Shortcut>(SHORTCUTS) as [ShortcutName, Shortcut][]) {
    if (!shortcut.keys.includes(key)) continue;
    if (shortcut.withShift !== undefined && shortcut.withShift !== event.shiftKey) continue;
    if (Boolean(shortcut.withControl) !== (event.ctrlKey || event.metaKey)) continue;
    if (isTyping && name !== 'escape' && name !== 'open') continue;
    if (isOnControl && key === ' ') continue; // Space presses it
    return name;
  }
  return undefined;
}
