export { type ByteSource, blobSource, memorySource } from './byte-source';
export { isModelName } from './choose-source';
export { FormatError } from './format-error';
export { type FileGroup, groupFiles } from './group-files';
export { readerBehind } from './input-reader';
export type {
  Attribute,
  ImportRisk,
  ModelFile,
  Operator,
  Program,
  PythonImport,
  ValueInfo,
} from './model-file';
export { openModel } from './open-model';
export { type Attributes, type Flow, ProgramBuilder } from './program-builder';
export { storedBytes } from './stored-bytes';
export { type ElementType, isFloatingPoint, readTensor, type StoredTensor } from './tensor';
