/** The open network, with its edits, as a file to take away. */
import { download, withoutEnding } from '../download';
import { openModelApi } from '../model-client';
import { store } from '../store';
import { messageOf } from '../worker-clients';

type SavedForm = 'onnx' | 'safetensors';

export const savedName = (modelName: string, isEdited: boolean, form: SavedForm): string =>
  `${withoutEnding(modelName)}${isEdited ? '-edited' : ''}.${form}`;

export async function saveNetwork(form: SavedForm): Promise<void> {
  const { model, edits } = store.getState();
  if (!model) return;
  try {
    const api = openModelApi();
    const content = form === 'onnx' ? await api.toOnnx(true) : await api.toSafetensors();
    const name = savedName(model.fileName, edits.edits.length > 0, form);
    download(name, content, 'application/octet-stream');
  } catch (error) {
    store.setState({ error: `It was not saved. ${messageOf(error)}` });
  }
}
