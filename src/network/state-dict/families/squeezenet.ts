/** SqueezeNet as torchvision names it: fire modules in a numbered Sequential, in which a number left out is pooling. */
import type { Family } from '../family';
import type { InferenceBuilder, Value } from '../inference-builder';
import { activation, concat, conv, globalPool, need, needModule, pool } from '../layers';
import type { Module } from '../module';

const SIDE = 224;
const WINDOW = { kernel: 3, stride: 2, roundsUp: true };

function writeFire(builder: InferenceBuilder, x: Value, fire: Module): Value {
  const layer = (y: Value, name: string) => activation(builder, conv(builder, y, needModule(fire, name)));
  const squeezed = layer(x, 'squeeze');
  return concat(builder, [layer(squeezed, 'expand1x1'), layer(squeezed, 'expand3x3')], 1);
}

export const SQUEEZENET: Family = {
  name: 'torchvision’s SqueezeNet',
  signs: ['features.0.weight', 'features.3.squeeze', 'features.3.expand1x1', 'classifier.1.weight'],
  activation: 'Relu',
  write(builder, { root }) {
    const features = needModule(root, 'features');
    const stem = needModule(features, '0');
    let x = builder.input(need(stem, 'weight').shape[1], [SIDE, SIDE]);
    builder.assume(`Pictures of ${SIDE}×${SIDE}, as for ImageNet`);
    x = activation(builder, conv(builder, x, stem, { stride: 2, padding: 0 }));
    let last = 1;
    for (const { index, module } of features.numbered.slice(1)) {
      if (index > last + 1) x = pool(builder, x, 'MaxPool', WINDOW);
      x = writeFire(builder, x, module);
      last = index;
    }
    x = activation(builder, conv(builder, x, needModule(root, 'classifier.1')));
    builder.output(globalPool(builder, x));
  },
};
