/** Layers that are code of the model's author. The code is not run here; what it does to the channels is not known. */
import { NotTranslatedError, type Translation } from './layer';

const notRun: Translation = () => {
  throw new NotTranslatedError('holds Python code, which is not run here');
};

export const CODE: readonly (readonly [string, Translation])[] = [
  ['Lambda', notRun],
  ['TorchModuleWrapper', notRun],
  ['JaxLayer', notRun],
  ['FlaxLayer', notRun],
  ['TFSMLayer', notRun],
];
