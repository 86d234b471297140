/** The whole page takes dropped files; an overlay says so while something is dragged over it. */
import { type ReactNode, useEffect, useState } from 'react';
import { openChosen } from './actions';
import { store, useApp } from './store';

/** Files are opened; a folder, and whatever is dropped on the zoo, is ranked. */
function take(transfer: DataTransfer): void {
  // Asked for at once: after the event nothing of it is left.
  const dropped = [...transfer.items].map((item) => item.webkitGetAsEntry() ?? item.getAsFile());
  const hasFolder = dropped.some((one) => one && 'isDirectory' in one && one.isDirectory);
  if (hasFolder || store.getState().isZooOpen)
    void import('./zoo/ranking').then(({ rankDropped }) => rankDropped(dropped));
  else void openChosen([...transfer.files]);
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
      if (event.dataTransfer) take(event.dataTransfer);
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
              ONNX, PyTorch or safetensors.{' '}
              {isZooOpen ? 'A folder, or many files.' : 'A folder of them is ranked.'}
            </span>
            <span>What you drop is read here, on your machine, and sent nowhere.</span>
          </div>
        </div>
      )}
    </>
  );
}
