/** Every family that is known by its names, in the order in which they are tried. */
import type { Family } from '../family';
import { BERT } from './bert';
import { TIMM_CONVNEXT, TORCHVISION_CONVNEXT } from './convnext';
import { DENSENET } from './densenet';
import { GGUF_BERT, GGUF_GPT2, GGUF_LLAMA } from './gguf';
import { GPT2 } from './gpt2';
import { KERAS_APPLICATIONS } from './keras-applications';
import { LLAMA } from './llama';
import { EFFICIENTNET, MOBILENET_V2, MOBILENET_V3 } from './mobilenet';
import { RESNET } from './resnet';
import { NUMBERED_SIREN, SIREN } from './siren';
import { SQUEEZENET } from './squeezenet';
import { TIMM_EFFICIENTNET, TIMM_MOBILENET_V3 } from './timm-mobilenet';
import { ALEXNET, VGG } from './vgg';
import { HUGGINGFACE_VIT, TIMM_VIT, TORCHVISION_VIT } from './vit';

export const FAMILIES: readonly Family[] = [
  ...[RESNET, VGG, ALEXNET, SQUEEZENET, DENSENET],
  ...[MOBILENET_V2, MOBILENET_V3, EFFICIENTNET, TIMM_MOBILENET_V3, TIMM_EFFICIENTNET],
  ...[TORCHVISION_CONVNEXT, TIMM_CONVNEXT, TORCHVISION_VIT, TIMM_VIT, HUGGINGFACE_VIT],
  ...[BERT, GPT2, LLAMA, GGUF_BERT, GGUF_GPT2, GGUF_LLAMA],
  ...[SIREN, NUMBERED_SIREN],
  ...KERAS_APPLICATIONS,
];
