export {
  type Accuracy,
  type ImageNetwork,
  measureAccuracy,
  SCALINGS,
  type Scaling,
} from './measure-accuracy';
export { type LabelledImages, readImages } from './read-images';
