/** Another checkpoint of the same structure, to go towards. */
import { useRef } from 'react';
import { openModelApi } from '../../model-client';
import { store } from '../../store';
import { messageOf } from '../../worker-clients';

interface CheckpointChooserProps {
  readonly name: string | undefined;
  readonly onOpen: (name: string) => void;
}

export function CheckpointChooser({ name, onOpen }: CheckpointChooserProps) {
  const fileRef = useRef<HTMLInputElement>(null);
  const open = async (files: readonly File[]) => {
    try {
      onOpen(await openModelApi().openCheckpoint(files.map((file) => ({ name: file.name, blob: file }))));
    } catch (error) {
      store.setState({ error: messageOf(error) });
    }
  };
  return (
    <p className="checkpoint-chooser">
      <span className="small">{name ?? 'Another checkpoint of the same structure:'}</span>
      <button type="button" onClick={() => fileRef.current?.click()}>
        {name === undefined ? 'Choose…' : 'Another…'}
      </button>
      <input
        ref={fileRef}
        type="file"
        multiple
        hidden
        aria-label="Checkpoint to go towards"
        onChange={({ target }) => {
          const files = [...(target.files ?? [])];
          target.value = '';
          if (files.length > 0) void open(files);
        }}
      />
    </p>
  );
}
