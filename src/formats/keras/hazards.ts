/**
 * What loading a configuration in Python would import and run. Keras imports classes by the module that a configuration
 * names, and a Lambda layer holds compiled Python code, which Keras runs if it is told to trust the file. Nothing of it is
 * imported or run here.
 */
import type { ImportRisk, PythonImport } from '../model-file';
import { riskOf } from '../pickle/risk';
import { entry, isList, isObject, type Json } from './config';

const MAX_IMPORTS = 1000;
const MAX_NAME = 200;

/** Keras's own modules, but for those that hold tools instead of layers: a configuration has no business there. */
const OWN_MODULES = /^(keras|tf_keras|tensorflow\.keras)(?!(\.src)?\.(utils|saving))(\.|$)/;

/** All imports that a configuration would cause. Its size bounds the work. */
export function findImports(config: Json): PythonImport[] {
  const imports = new Map<string, PythonImport>();
  const add = (name: string, risk: ImportRisk, call?: string) => {
    if (imports.has(name) || imports.size >= MAX_IMPORTS) return;
    const short = name.slice(0, MAX_NAME);
    imports.set(name, call === undefined ? { name: short, risk } : { name: short, risk, call });
  };
  const waiting: Json[] = [config];
  for (let json = waiting.pop(); json !== undefined; json = waiting.pop()) {
    if (isList(json)) for (const item of json) waiting.push(item);
    if (!isObject(json)) continue;
    for (const item of Object.values(json)) waiting.push(item);
    const code = codeIn(json);
    if (code) add(code.name, 'dangerous', code.call);
    const named = namedObject(json);
    if (named) add(`${named.module}.${named.name}`, riskOf({ kind: 'global', ...named }));
  }
  return [...imports.values()].sort(
    (a, b) => Number(b.risk === 'dangerous') - Number(a.risk === 'dangerous'),
  );
}

/** Code that is stored in the configuration itself. */
function codeIn(json: Json): { name: string; call: string } | undefined {
  const className = entry(json, 'class_name');
  const config = entry(json, 'config');
  const name = String(entry(config, 'name') ?? entry(json, 'name') ?? '').slice(0, 80);
  const isMarshalled =
    className === '__lambda__' || (className === 'Lambda' && isList(entry(config, 'function')));
  if (isMarshalled) {
    const where = className === 'Lambda' ? ` of layer "${name}"` : '';
    return { name: 'marshal.loads', call: `marshal.loads(<code${where}>)` };
  }
  if (className === 'TorchModuleWrapper') {
    return { name: 'torch.load', call: `torch.load(<module of layer "${name}">)` };
  }
  return undefined;
}

/** A class or function that is given by its module; Keras's own are left out, and so are plain names. */
function namedObject(json: Json): { module: string; name: string } | undefined {
  const [className, module, config] = ['class_name', 'module', 'config'].map((key) => entry(json, key));
  if (typeof className !== 'string' || typeof module !== 'string' || OWN_MODULES.test(module))
    return undefined;
  if (className === 'function') {
    // Keras looks for functions "in builtins" among its own.
    return module === 'builtins' || typeof config !== 'string' ? undefined : { module, name: config };
  }
  return { module, name: className };
}
