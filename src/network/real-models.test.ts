import { describe, expect, it } from 'vitest';
import { memorySource, openModel, readTensor } from '../formats';
import { hasRealModels, openGraph, readRealModel } from '../testing';

/** File, parameters on the graph, nodes. Counts of parameters are those that the files' writers state. */
const EXPECTED: readonly [string, number, number][] = [
  ['cnn-mnist.cntk-opset8.onnx', 5_994, 38], // 5,998 initializer values, 4 of them a shape
  ['cnn.matlab-opset8.onnx', 17_058, 112],
  ['densenet121-light.caffe2-opset9.onnx', 8_146_152, 11_970],
  ['edge-cifar100.pt', 25_066, 126],
  ['edge-cifar100.pytorch-opset14.onnx', 25_066, 126],
  ['edge-cifar100.tflite', 25_066, 126],
  ['lenet-cifar10.pth', 40_719, 267],
  ['lenet-mnist.pytorch-opset10.onnx', 61_706, 242],
  ['meso4.weights.h5', 28_073, 90],
  ['mesonet.tf2onnx-opset15.onnx', 28_073, 90], // 28,075 values, 2 of them a shape
  ['mlp-churn.h5', 2_945, 112],
  ['mlp-churn.keras', 2_945, 112],
  ['mlp-mnist.safetensors', 101_632, 922],
  ['mlp-policy.pytorch-opset17.onnx', 17_925, 346],
  ['mnist-cnn.pt', 13_386, 472],
  ['mnist-cnn.pytorch-opset14.onnx', 13_386, 472],
  ['resnet20-cifar10.pth', 305_850, 826], // 404,182 values, 28 of them counters, 98,304 in modules that never ran
  ['resnet50-light.caffe2-opset9.onnx', 25_610_152, 27_776],
  ['squeezenet-light.caffe2-opset9.onnx', 1_235_496, 3_973],
];

/** Tensors, their elements, and the sum of all magnitudes as PyTorch or h5py itself loads them. */
const TENSORS: readonly [string, number, number, number][] = [
  ['lenet-cifar10.pth', 10, 40_719, 2521.495984],
  ['resnet20-cifar10.pth', 167, 404_182, 1234377.310047], // written before PyTorch 1.6
  ['edge-cifar100.pt', 10, 25_066, 930.289285],
  ['mnist-cnn.pt', 26, 13_386, 1171.870051], // TorchScript
  ['mlp-churn.keras', 6, 2_945, 622.501502],
  ['mlp-churn.h5', 6, 2_945, 622.501502],
  ['meso4.weights.h5', 28, 28_073, 1720.217452],
];

describe.skipIf(!hasRealModels)('files by other exporters (folder METANET_MODELS)', () => {
  it.each(EXPECTED)('%s: all %d parameters are placed, on %d nodes', async (name, parameters, nodes) => {
    const { graph } = await openGraph(readRealModel(name), name);
    expect(graph.unplaced).toEqual([]);
    expect(graph.parameters).toEqual({ placed: parameters, all: parameters });
    expect(graph.nodeCount).toBe(nodes);
  });

  it.each(TENSORS)(
    '%s: %d tensors of %d values, as its own library loads them',
    async (name, count, elements, sum) => {
      const { tensors, pythonImports } = await openModel([memorySource(readRealModel(name), name)]);
      expect(tensors.size).toBe(count);
      let [elementCount, magnitude] = [0, 0];
      for (const tensor of tensors.values()) {
        for (const value of await readTensor(tensor)) magnitude += Math.abs(value);
        elementCount += tensor.elementCount;
      }
      expect(elementCount).toBe(elements);
      expect(magnitude).toBeCloseTo(sum, 4);
      expect((pythonImports ?? []).every(({ risk }) => risk === 'none')).toBe(true);
    },
  );

  it('says of a file of statistics that it holds no network', async () => {
    const name = 'not-a-model.statistics.pth';
    await expect(openGraph(readRealModel(name), name)).rejects.toThrow(
      /holds no network: it is a dictionary of "weights", "biases"; its 12 tensors are statistics/,
    );
  });
});
