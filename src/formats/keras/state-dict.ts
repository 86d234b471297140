/**
 * Weights without an architecture, as a state dict in PyTorch's names and layout, so that the structure can be inferred as
 * from any other.
 */
import type { StoredTensor } from '../tensor';
import { type LayerVariables, torchTensors } from './torch-layout';
import { descend, listOf, type TreeNode } from './tree';
import { withoutOutput } from './weights';

/** Reads a tree of weights, whichever of Keras's forms it has. Empty where it has neither. */
export function stateDict(root: TreeNode): Map<string, StoredTensor> {
  const layers = namedLayers(root) ?? numberedLayers(root);
  const tensors = new Map<string, StoredTensor>();
  for (const layer of layers) {
    for (const tensor of torchTensors(layer)) {
      if (!tensors.has(tensor.name)) tensors.set(tensor.name, tensor);
    }
  }
  return tensors;
}

/** Keras 2: groups with lists of names. */
function namedLayers(root: TreeNode): LayerVariables[] | undefined {
  const group = root.children.get('model_weights') ?? root;
  const order = listOf(group, 'layer_names');
  if (!order) return undefined;
  const names = new Set([...order, ...group.children.keys()]);
  return [...names].flatMap((layerName) => {
    const layer = group.children.get(layerName);
    if (!layer) return [];
    const byModule = new Map<
      string,
      LayerVariables & { variables: { name: string; tensor: StoredTensor }[] }
    >();
    for (const weightName of listOf(layer, 'weight_names') ?? []) {
      const tensor = descend(layer, weightName)?.tensor;
      if (!tensor) continue;
      const parts = withoutOutput(weightName).split('/');
      const variable = parts.pop() ?? '';
      // The layer's own name stands in front, and mostly once more in the name.
      const inner = parts.filter((part) => part !== layerName);
      const name = [layerName, ...inner].join('.');
      const known = byModule.get(name) ?? { name, hint: inner.at(-1) ?? layerName, variables: [] };
      known.variables.push({ name: variable, tensor });
      byModule.set(name, known);
    }
    return [...byModule.values()];
  });
}

/** What Keras puts between a layer and its variables. */
const FOLDERS = new Set(['layers', '_layer_checkpoint_dependencies', 'vars', 'cell']);

/** Keras 3: numbered variables in a tree; any other file: whatever datasets it holds. */
function numberedLayers(root: TreeNode): LayerVariables[] {
  const layers: LayerVariables[] = [];
  const visit = (node: TreeNode, path: readonly string[], hint: string) => {
    const variables = [...node.children].flatMap(([key, { tensor }]) => (tensor ? [{ key, tensor }] : []));
    if (variables.length > 0) {
      const isNumbered = variables.every(({ key }) => /^\d+$/.test(key));
      const inOrder = isNumbered ? variables.sort((a, b) => Number(a.key) - Number(b.key)) : variables;
      layers.push({
        name: path.join('.'),
        hint,
        variables: inOrder.map(({ key, tensor }) => ({
          name: isNumbered ? undefined : withoutOutput(key),
          tensor,
        })),
      });
    }
    for (const [key, child] of node.children) {
      if (child.tensor) continue;
      const isFolder = FOLDERS.has(key);
      const name = child.children.get('vars')?.attributes.get('name')?.[0] ?? key;
      // The name is the person's, the key tells the class.
      visit(child, isFolder ? path : [...path, name], isFolder && key !== 'cell' ? hint : `${hint} ${key}`);
    }
  };
  visit(root, [], '');
  return layers;
}
