export { formatValue } from './format-value';
export { withDanger } from './imports';
export { type Pickle, type PickleSession, pickleSession, unpickle } from './unpickle';
export {
  attributesOf,
  calleeName,
  className,
  entriesOf,
  globalName,
  isGlobal,
  isLeftInFile,
  isObject,
  isPersistentId,
  type LeftInFile,
  type PickledGlobal,
  type PickledObject,
  type PickleValue,
} from './values';
