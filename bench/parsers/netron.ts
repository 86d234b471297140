/** Netron's own parsers, as its page calls them, over bytes in memory. */
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** What a file holds, to see that both have read the same. */
export interface Counts {
  readonly operators: number;
  readonly tensors: number;
}

interface NetronValue {
  readonly initializer?: { readonly name?: string; readonly type?: unknown } | null;
}
interface NetronNode {
  readonly inputs?: readonly { readonly value?: readonly NetronValue[] | null }[];
}
interface NetronModel {
  readonly modules: readonly { readonly nodes: readonly NetronNode[] }[];
}
interface NetronModules {
  readonly view: {
    ModelFactoryService: new (host: object) => { open(context: object): Promise<NetronModel> };
  };
  readonly base: { BinaryStream: new (bytes: Uint8Array) => object };
}

/** Opens the files of one model; `folder` is Netron's Python package, which holds its JavaScript. */
export async function netronOpener(folder: string) {
  const load = (name: string) => import(/* @vite-ignore */ pathToFileURL(path.join(folder, name)).href);
  const { view, base } = { view: await load('view.js'), base: await load('base.js') } as NetronModules;
  const host = { environment: () => undefined, require: (name: string) => load(`${name}.js`) };
  const service = new view.ModelFactoryService(host);
  return async (files: readonly { name: string; bytes: Uint8Array }[]): Promise<Counts> => {
    const streamOf = (name: string) => {
      const found = files.find((file) => file.name === name);
      if (!found) throw new Error(`There is no ${name}`);
      return new base.BinaryStream(found.bytes);
    };
    const [main] = files;
    const model = await service.open({
      identifier: main.name,
      name: main.name,
      stream: streamOf(main.name),
      asset: async (name: string) => fs.readFileSync(path.join(folder, name), 'utf8'),
      fetch: async (name: string) => streamOf(name),
      require: (name: string) => load(`${name}.js`),
      error: (error: Error) => {
        throw error;
      },
    });
    const tensors = new Set<unknown>();
    let operators = 0;
    for (const { nodes } of model.modules) {
      for (const { inputs } of nodes) {
        operators++;
        for (const { value } of inputs ?? []) {
          for (const one of Array.isArray(value) ? value : [])
            if (one?.initializer) tensors.add(one.initializer);
        }
      }
    }
    return { operators, tensors: tensors.size };
  };
}
