/** The columns of the zoo's table. */
import { formatCount } from '../format';
import type { Column } from './DataTable';
import { PROPERTY_NAMES, wordFor } from './properties';
import type { Zoo, ZooMetanet, ZooNetwork } from './zoo-data';

const percent = (share: number) => (100 * share).toFixed(1);

/** Points with their sign: +3.1, −0.4, and 0.0 without one. */
export function signedPoints(share: number): string {
  const size = Math.abs(100 * share).toFixed(1);
  return size === '0.0' ? size : `${share < 0 ? '−' : '+'}${size}`;
}

const number = (
  key: string,
  label: string,
  title: string,
  widthPx: number,
  value: (row: ZooNetwork) => number,
  show: (value: number) => string = formatCount,
): Column<ZooNetwork> => ({ key, label, title, widthPx, value, show: (row) => show(value(row)) });

const word = (
  key: 'kind' | 'norm' | 'activation' | 'optimiser' | 'head' | 'split',
  title: string,
  widthPx: number,
): Column<ZooNetwork> => ({
  ...{ key, label: key, title, widthPx, isText: true },
  value: (row) => wordFor(row[key]),
  show: (row) => wordFor(row[key]),
});

/** What the zoo does not tell its networks apart by has no column. */
export function zooColumns({ properties }: Zoo, { predicted, name }: ZooMetanet): Column<ZooNetwork>[] {
  const has = ({ key }: Column<ZooNetwork>) =>
    !(PROPERTY_NAMES as readonly string[]).includes(key) || (properties as readonly string[]).includes(key);
  const columns: Column<ZooNetwork>[] = [
    {
      key: 'name',
      label: 'network',
      title: 'Run and checkpoint',
      widthPx: 116,
      isText: true,
      value: (row) => row.name,
      show: (row) => (
        <span className={row.isShipped ? 'network shipped' : 'network'}>
          {row.name.replace('.onnx', '')}
          {row.isShipped && <span aria-hidden="true"> ↗</span>}
        </span>
      ),
    },
    number('accuracy', 'true', 'True accuracy on the test images, %', 62, (row) => row.accuracy, percent),
    number(
      'predicted',
      'predicted',
      `Accuracy that ${name} predicts, %`,
      84,
      (row) => predicted[row.index],
      percent,
    ),
    number(
      'error',
      'error',
      'Predicted less true accuracy, points',
      66,
      (row) => predicted[row.index] - row.accuracy,
      signedPoints,
    ),
    number(
      'samplesSeen',
      'samples',
      'Training images seen until this checkpoint',
      82,
      (row) => row.samplesSeen,
    ),
    number('parameters', 'params', 'Parameters', 74, (row) => row.parameters),
    number('depth', 'layers', 'Layers with weights, from input to output', 62, (row) => row.depth),
    number('widest', 'widest', 'Nodes of the widest hidden layer', 68, (row) => row.widest),
    word('kind', 'Kind of network', 88),
    word('norm', 'Normalisation', 70),
    word('activation', 'Activation function', 92),
    word('optimiser', 'Optimiser', 86),
    word('head', 'How the last picture becomes a vector', 78),
    number(
      'trainAccuracy',
      'train',
      'Accuracy on training images, %',
      64,
      (row) => row.trainAccuracy,
      percent,
    ),
    word('split', 'What the network was for when the metanet was trained', 88),
  ];
  return columns.filter(has);
}
