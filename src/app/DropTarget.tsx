/** The whole page takes dropped files; an overlay says so while something is dragged over it. */
import { type ReactNode, useEffect, useState } from 'react';
import { openChosen } from './opening';
import { store, useApp } from './store';

/** A model is opened, and so is a folder that holds one; a folder of many, and whatever is dropped on the zoo, is ranked. */
async function take(transfer: DataTransfer): Promise<void> {
  // Asked for at once: after the event nothing of it is left.
  const dropped = [...transfer.items].map((item) => item.webkitGetAsEntry() ?? item.getAsFile());
  const chosen = [...transfer.files];
  const { isZooOpen } = store.getState();
  const hasFolder = dropped.some((one) => one && 'isDirectory' in one && one.isDirectory);
  if (!hasFolder && !isZooOpen) return await openChosen(chosen);
  const { droppedFiles, soleModel } = await import('./found-files');
  const files = await droppedFiles(dropped);
  const model = isZooOpen ? undefined : soleModel(files);
  if (model) return await openChosen(model.map(({ file }) => file));
  const { rankDropped } = await import('./zoo/ranking');
  await rankDropped(files);
}

export function DropTarget({ children }: { children: ReactNode }) {
  const [isDragging, setDragging] = useState(false);
  const isZooOpen = useApp((state) => state.isZooOpen);
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
            <strong>{isZooOpen ? 'Drop networks to rank them' : 'Drop a model file'}</strong>
            <span>
              ONNX, PyTorch, safetensors, Keras, TensorFlow Lite, GGUF and more.{' '}
              {isZooOpen
                ? 'A folder, or many files.'
                : 'Files that belong together, or a folder of models to rank.'}
            </span>
            <span>What you drop is read here, on your machine, and sent nowhere.</span>
          </div>
        </div>
      )}
    </>
  );
}
