/** The whole page takes dropped files; an overlay says so while something is dragged over it. */
import { type ReactNode, useEffect, useState } from 'react';
import { openChosen } from './actions';

export function DropTarget({ children }: { children: ReactNode }) {
  const [isDragging, setDragging] = useState(false);
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
      if (event.dataTransfer) void openChosen([...event.dataTransfer.files]);
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
            <strong>Drop a model file</strong>
            <span>ONNX or safetensors. It is read here, on your machine, and sent nowhere.</span>
          </div>
        </div>
      )}
    </>
  );
}
