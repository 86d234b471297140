/** What has been done to the open network: the list, the way back, and the edited network as a file. */
import { Popover } from '../Popover';
import { SHORTCUTS } from '../shortcuts';
import { useApp } from '../store';
import { describeEdit } from './describe-edit';
import { redoEdit, undoAllEdits, undoEdit } from './editing';
import { saveNetwork } from './save-network';

export function EditBadge() {
  const model = useApp((state) => state.model);
  const { edits, canRedo } = useApp((state) => state.edits);
  if (!model || (edits.length === 0 && !canRedo)) return null;
  const count = edits.length === 1 ? '1 edit' : `${edits.length} edits`;
  return (
    <Popover
      label={edits.length === 0 ? 'edits undone' : count}
      className="badge warn"
      title="What was done to it here"
    >
      {() => (
        <div className="edit-list">
          <h2>{edits.length === 0 ? 'As in the file' : 'Not as in the file'}</h2>
          <ol>
            {edits.map((edit, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: an edit is told apart by its place only
              <li key={index}>{describeEdit(edit, model)}</li>
            ))}
          </ol>
          <p className="buttons">
            <button
              type="button"
              disabled={edits.length === 0}
              title={SHORTCUTS.undo.label}
              onClick={() => void undoEdit()}
            >
              Undo
            </button>
            <button
              type="button"
              disabled={!canRedo}
              title={SHORTCUTS.redo.label}
              onClick={() => void redoEdit()}
            >
              Redo
            </button>
            <button type="button" disabled={edits.length === 0} onClick={() => void undoAllEdits()}>
              Undo all
            </button>
          </p>
          <h2>Take it away</h2>
          <p className="buttons">
            <button type="button" onClick={() => void saveNetwork('onnx')}>
              Save as ONNX
            </button>
            <button type="button" onClick={() => void saveNetwork('safetensors')}>
              Save as safetensors
            </button>
          </p>
        </div>
      )}
    </Popover>
  );
}
