/** How a file was read: what became of every tensor, what is wrong with its numbers, what was not understood and why. */
import type { ImportReport } from '../../tasks';
import type { ModelSummary } from '../../workers/model-summary';
import { Dialog } from '../Dialog';
import { formatBytes, formatCount } from '../format';
import { useApp } from '../store';
import { Connections } from './Connections';
import { PythonImports } from './PythonImports';
import { saveReport } from './save-report';
import { TensorTable } from './TensorTable';
import { ValueFindings } from './ValueFindings';

const FORMATS: Readonly<Record<ImportReport['file']['format'], string>> = {
  onnx: 'ONNX',
  safetensors: 'safetensors',
  pytorch: 'PyTorch',
  tflite: 'TensorFlow Lite',
  gguf: 'GGUF',
  keras: 'Keras',
  numpy: 'NumPy',
  'tensorflow.js': 'TensorFlow.js',
};

const formatInWords = ({ format, variant, opset }: ImportReport['file']) =>
  [FORMATS[format], variant, opset && `opset ${opset}`].filter(Boolean).join(', ');

/** Entries of a list that are shown; the saved report has all. */
const MAX_SHOWN = 100;

interface ReportDialogProps {
  readonly onClose: () => void;
  readonly model: ModelSummary;
}

export function ReportDialog({ onClose, model: { report, layers } }: ReportDialogProps) {
  const valueCheck = useApp((state) => state.valueCheck);
  const { file, parameters } = report;
  const check = valueCheck.status === 'done' ? valueCheck.check : undefined;
  return (
    <Dialog onClose={onClose} title={`How ${file.name} was read`}>
      <dl className="facts">
        <dt>Format</dt>
        <dd>
          {formatInWords(file)}
          {file.producer ? `, written by ${file.producer}` : ''}
        </dd>
        <dt>Size</dt>
        <dd>{formatBytes(file.byteLength)}</dd>
        <dt>Placed</dt>
        <dd>
          {formatCount(parameters.placed)} of {formatCount(parameters.all)} parameters are on the graph, in{' '}
          {formatCount(layers.filter(({ tensors }) => tensors.length > 0).length)} layers
        </dd>
        <dt>Connections</dt>
        <dd>
          <Connections inference={report.inference} />
        </dd>
        <dt>Numbers</dt>
        <dd>
          <ValueFindings />
        </dd>
      </dl>
      <p className="take-away">
        <button type="button" onClick={() => saveReport(report, check)}>
          Save this report as JSON
        </button>
      </p>
      <Problems report={report} />
      {report.pythonImports.length > 0 && <PythonImports imports={report.pythonImports} />}
      <TensorTable tensors={report.tensors} />
    </Dialog>
  );
}

function Problems({ report: { notUnderstood, tensors, warnings } }: { report: ImportReport }) {
  const missing = tensors.filter(({ fate }) => fate === 'missing' || fate === 'partial');
  if (notUnderstood.length + missing.length + warnings.length === 0) return null;
  const beyond = (list: readonly unknown[]) => Math.max(0, list.length - MAX_SHOWN);
  const more = beyond(notUnderstood) + beyond(missing);
  return (
    <>
      <h3>Not understood</h3>
      <ul className="problems">
        {notUnderstood.slice(0, MAX_SHOWN).map(({ operator, type, reason }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: operators may share a name, and the list never changes
          <li key={`${operator} ${index}`}>
            <code>{type}</code> “{operator}” {reason}
          </li>
        ))}
        {missing.slice(0, MAX_SHOWN).map(({ name, elementCount, placed, reason }) => (
          <li key={name}>
            <code>{name}</code>: {formatCount(elementCount - placed)} parameters are not on the graph:{' '}
            {reason}
          </li>
        ))}
        {warnings.map((warning) => (
          <li key={warning}>{warning}</li>
        ))}
        {more > 0 && <li>and more, which the saved report lists</li>}
      </ul>
    </>
  );
}
