/** Families whose networks are those of another family under other names. */
import { bodyOf, type Family } from '../family';
import { MismatchError } from '../inference-builder';
import { type Module, moduleTree } from '../module';

/** The other name of a module, by its path below the root; undefined where it keeps its own. */
export type Rename = (path: string) => string | undefined;

/** The same tensors under other names. */
function renamed(root: Module, rename: Rename): Module {
  const below = (path: string) => (root.path === '' ? path : path.slice(root.path.length + 1));
  return moduleTree(
    new Map(
      root.withTensors.flatMap(({ path, tensors }) => {
        const name = rename(below(path)) ?? below(path);
        return [...tensors].map(([part, tensor]) => [name === '' ? part : `${name}.${part}`, tensor]);
      }),
    ),
  );
}

/** How a family writes the networks of `family` once they are renamed. */
export const inOtherWords = (family: Family, rename: Rename): Family['write'] =>
  function write(builder, parts) {
    const tree = renamed(parts.root, rename);
    const body = bodyOf(family, tree);
    if (!body) throw new MismatchError(`its tensors are not those of ${family.name}`);
    family.write(builder, { ...parts, root: tree, body });
  };
