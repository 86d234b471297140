/** How a file was read: what became of every tensor, what was not understood and why. */
import type { ModelSummary } from '../workers/model-worker';
import { Dialog } from './Dialog';
import { formatBytes, formatCount, formatShape } from './format';
import { edgeWord } from './graph-view/describe';

interface ReportDialogProps {
  readonly onClose: () => void;
  readonly model: ModelSummary;
}

const FORMATS: Readonly<Record<ModelSummary['format'], string>> = {
  onnx: 'ONNX',
  safetensors: 'safetensors',
  pytorch: 'PyTorch',
  tflite: 'TensorFlow Lite',
  gguf: 'GGUF',
  keras: 'Keras',
  numpy: 'NumPy',
  'tensorflow.js': 'TensorFlow.js',
};

const formatInWords = ({ format, variant, opset }: ModelSummary) =>
  [FORMATS[format], variant, opset && `opset ${opset}`].filter(Boolean).join(', ');

/** Rows shown before the rest is only counted. */
const MAX_ROWS = 200;

export function ReportDialog({ onClose, model }: ReportDialogProps) {
  const { placed, all } = model.graph.parameters;
  const tensors = model.layers.flatMap((layer) => layer.tensors.map((tensor) => ({ layer, tensor })));
  return (
    <Dialog onClose={onClose} title={`How ${model.fileName} was read`}>
      <dl className="facts">
        <dt>Format</dt>
        <dd>
          {formatInWords(model)}
          {model.producer ? `, written by ${model.producer}` : ''}
        </dd>
        <dt>Size</dt>
        <dd>{formatBytes(model.byteLength)}</dd>
        <dt>Placed</dt>
        <dd>
          {formatCount(placed)} of {formatCount(all)} parameters are on the graph
        </dd>
        <dt>Connections</dt>
        <dd>
          {model.graph.isInferred
            ? 'guessed from names and shapes (drawn dashed)'
            : 'as the file states them'}
        </dd>
      </dl>
      {(model.unplaced.length > 0 || model.notUnderstood.length > 0 || model.warnings.length > 0) && (
        <>
          <h3>Not understood</h3>
          <ul className="problems">
            {model.notUnderstood.slice(0, MAX_ROWS).map(({ operator, type, reason }) => (
              <li key={operator}>
                <code>{type}</code> “{operator}” {reason}
              </li>
            ))}
            {model.unplaced.slice(0, MAX_ROWS).map(({ name, elementCount, reason }) => (
              <li key={name}>
                <code>{name}</code>: {formatCount(elementCount)} parameters are not on the graph: {reason}
              </li>
            ))}
            {model.warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </>
      )}
      {model.pythonImports.length > 0 && <PythonImports imports={model.pythonImports} />}
      <h3>Tensors</h3>
      <table>
        <thead>
          <tr>
            <th scope="col">tensor</th>
            <th scope="col">shape</th>
            <th scope="col">type</th>
            <th scope="col">became</th>
          </tr>
        </thead>
        <tbody>
          {tensors.slice(0, MAX_ROWS).map(({ layer, tensor }) => (
            <tr key={`${layer.index} ${tensor.name}`}>
              <td>
                <code>{tensor.name}</code>
              </td>
              <td>{formatShape(tensor.shape)}</td>
              <td>{tensor.type}</td>
              <td>
                {[...new Set(layer.blocks.map((block) => model.graph.blocks[block]))]
                  .filter(({ tensorName }) => tensorName === tensor.name)
                  .map(({ kind }) => edgeWord(kind))
                  .filter((kind, index, list) => list.indexOf(kind) === index)
                  .join(', ')}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {tensors.length > MAX_ROWS && (
        <p className="muted">and {formatCount(tensors.length - MAX_ROWS)} more</p>
      )}
    </Dialog>
  );
}

const RISKS = { dangerous: 'can run code', unknown: 'the writer’s own, or a library’s' } as const;

/** The dangerous first; what every PyTorch file needs is only counted. */
function PythonImports({ imports }: { imports: ModelSummary['pythonImports'] }) {
  const told = (['dangerous', 'unknown'] as const).flatMap((risk) =>
    imports.filter((one) => one.risk === risk).map(({ name, call }) => ({ name, call, risk })),
  );
  const harmless = imports.length - told.length;
  return (
    <>
      <h3>What loading it in Python would import</h3>
      <ul className="problems">
        {told.slice(0, MAX_ROWS).map(({ name, call, risk }) => (
          <li key={name} className={risk === 'dangerous' ? 'bad' : undefined}>
            <code>{call ?? name}</code>: {RISKS[risk]}
          </li>
        ))}
        {harmless > 0 && (
          <li>
            {formatCount(harmless)} {told.length > 0 ? 'others, ' : ''}known to be harmless
          </li>
        )}
      </ul>
      <p className="muted small">Nothing of it was imported or called here.</p>
    </>
  );
}
