/** The whole page takes dropped files; an overlay says so while something is dragged over it. */
import { type ReactNode, useEffect, useState } from 'react';
import { openChosen } from './opening';
import { store, useApp, type View } from './store';

/** A model is opened, and so is a folder that holds one; a folder of many, and whatever is dropped on the zoo, is ranked; on Compare, compared. */
async function take(transfer: DataTransfer): Promise<void> {
  // Asked for at once: after the event nothing of it is left.
  const dropped = [...transfer.items].map((item) => item.webkitGetAsEntry() ?? item.getAsFile());
  const chosen = [...transfer.files];
  const { view } = store.getState();
  const hasFolder = dropped.some((one) => one && 'isDirectory' in one && one.isDirectory);
  if (!hasFolder && view === 'graph') return await openChosen(chosen);
  const { droppedFiles, soleModel } = await import('./found-files');
  const files = await droppedFiles(dropped);
  if (view === 'compare') {
    const { compareDropped } = await import('./compare/choosing');
    return await compareDropped(files);
  }
  const model = view === 'graph' ? soleModel(files) : undefined;
  if (model) return await openChosen(model.map(({ file }) => file));
  const { rankDropped } = await import('./zoo/ranking');
  await rankDropped(files);
}

const DROP_WORDS: Readonly<Record<View, { readonly what: string; readonly howMany: string }>> = {
  graph: { what: 'Drop a model file', howMany: 'Files that belong together, or a folder of models to rank.' },
  zoo: { what: 'Drop networks to rank them', howMany: 'A folder, or many files.' },
  compare: {
    what: 'Drop what to compare',
    howMany: 'One model, two, or the checkpoints of a training run.',
  },
};

export function DropTarget({ children }: { children: ReactNode }) {
  const [isDragging, setDragging] = useState(false);
  const view = useApp((state) => state.view);
  useEffect(() => {
    const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
    const onDragOver = (event: DragEvent) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      setDragging(true);
    };
    const onDragLeave = (event: DragEvent) => {
      if (event.relatedTarget === null) setDragging(false);
    };
    const onDrop = (event: DragEvent) => {
      event.preventDefault();
      setDragging(false);
      if (event.dataTransfer) void take(event.dataTransfer);
    };
    addEventListener('dragover', onDragOver);
    addEventListener('dragleave', onDragLeave);
    addEventListener('drop', onDrop);
    return () => {
      removeEventListener('dragover', onDragOver);
      removeEventListener('dragleave', onDragLeave);
      removeEventListener('drop', onDrop);
    };
  }, []);
  return (
    <>
      {children}
      {isDragging && (
        <div className="drop-overlay">
          <div>
            <strong>{DROP_WORDS[view].what}</strong>
            <span>
              ONNX, PyTorch, safetensors, Keras, TensorFlow Lite, GGUF and more. {DROP_WORDS[view].howMany}
            </span>
            <span>What you drop is read here, on your machine, and sent nowhere.</span>
          </div>
        </div>
      )}
    </>
  );
}
