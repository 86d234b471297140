import { describe, expect, it } from 'vitest';
import { hasRealModels, openGraph, readRealModel } from '../testing';

/** File, parameters on the graph, nodes. Counts of parameters are those that the files' writers state. */
const EXPECTED: readonly [string, number, number][] = [
  ['cnn-mnist.cntk-opset8.onnx', 5_994, 38], // 5,998 initializer values, 4 of them a shape
  ['cnn.matlab-opset8.onnx', 17_058, 112],
  ['densenet121-light.caffe2-opset9.onnx', 8_146_152, 11_970],
  ['edge-cifar100.pytorch-opset14.onnx', 25_066, 126],
  ['lenet-mnist.pytorch-opset10.onnx', 61_706, 242],
  ['mesonet.tf2onnx-opset15.onnx', 28_073, 90], // 28,075 values, 2 of them a shape
  ['mlp-mnist.safetensors', 101_632, 922],
  ['mlp-policy.pytorch-opset17.onnx', 17_925, 346],
  ['mnist-cnn.pytorch-opset14.onnx', 13_386, 472],
  ['resnet50-light.caffe2-opset9.onnx', 25_610_152, 27_776],
  ['squeezenet-light.caffe2-opset9.onnx', 1_235_496, 3_973],
];

describe.skipIf(!hasRealModels)('files by other exporters (folder METANET_MODELS)', () => {
  it.each(EXPECTED)('%s: all %d parameters are placed, on %d nodes', async (name, parameters, nodes) => {
    const { graph } = await openGraph(readRealModel(name), name);
    expect(graph.unplaced).toEqual([]);
    expect(graph.parameters).toEqual({ placed: parameters, all: parameters });
    expect(graph.nodeCount).toBe(nodes);
  });

  it('says what the other formats are', async () => {
    await expect(openGraph(readRealModel('resnet20-cifar10.pth'), 'x.pth')).rejects.toThrow(/pickle/);
    await expect(openGraph(readRealModel('mlp-churn.h5'), 'x.h5')).rejects.toThrow(/HDF5/);
  });
});
