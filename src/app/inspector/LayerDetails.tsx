/** A layer's tensors: the weights as a picture, their histogram and statistics. */
import type { LayerSummary, TensorSummary } from '../../workers/model-summary';
import { formatCount, formatPercent, formatShape, formatValue } from '../format';
import { useApp } from '../store';
import { TensorHistogram } from '../TensorHistogram';
import { useAnswer } from '../use-answer';
import { WeightMosaic } from './WeightMosaic';

export function LayerDetails({ layer }: { layer: LayerSummary }) {
  const blocks = useApp((state) => state.model?.graph.blocks);
  const weightBlock = layer.blocks.find((block) => {
    const shape = blocks?.[block];
    return (
      shape &&
      shape.tensorName !== undefined &&
      shape.pattern !== 'diagonal' &&
      shape.edgeCount > shape.taps * 16
    );
  });
  return (
    <>
      <h2>{layer.name}</h2>
      {layer.tensors.length === 0 && (
        <p className="muted">This step has no parameters: it joins two branches.</p>
      )}
      {weightBlock !== undefined && <WeightMosaic key={weightBlock} block={weightBlock} />}
      {layer.tensors.map((tensor) => (
        <TensorDetails key={tensor.name} tensor={tensor} />
      ))}
    </>
  );
}

function TensorDetails({ tensor }: { tensor: TensorSummary }) {
  const statistics = useAnswer(tensor.name, (api) => api.statistics(tensor.name));
  return (
    <div className="tensor">
      <h3 title={tensor.name}>{tensor.name}</h3>
      <p className="muted small">
        {formatShape(tensor.shape)} · {tensor.type} · {formatCount(tensor.elementCount)}
      </p>
      {tensor.elementCount > 1 && <TensorHistogram tensorName={tensor.name} height={56} />}
      {statistics && (
        <dl className="statistics">
          <dt>mean</dt>
          <dd>{formatValue(statistics.mean)}</dd>
          <dt>deviation</dt>
          <dd>{formatValue(statistics.deviation)}</dd>
          <dt>zeros</dt>
          <dd>{formatPercent(statistics.zeros / statistics.count)}</dd>
          {statistics.notFinite > 0 && (
            <>
              <dt className="bad">not finite</dt>
              <dd className="bad">{formatCount(statistics.notFinite)}</dd>
            </>
          )}
        </dl>
      )}
    </div>
  );
}
