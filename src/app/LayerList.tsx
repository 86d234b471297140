/** The layers in order, each with its shape and the histogram of its weights; search narrows the list. */
import { type RefObject, useMemo, useState } from 'react';
import type { LayerSummary } from '../workers/model-summary';
import { select } from './actions';
import { formatLarge, formatShape } from './format';
import { hasAllWords } from './search';
import { useApp } from './store';
import { TensorHistogram } from './TensorHistogram';

const KIND_WORDS: Readonly<Record<LayerSummary['kind'], string>> = {
  input: 'input',
  linear: 'linear',
  conv: 'convolution',
  norm: 'norm',
  bias: 'bias',
  scale: 'scale',
  recurrent: 'recurrent',
  sum: 'residual sum',
  gate: 'gate',
  merge: 'merged channels',
  attention: 'attention',
  embedding: 'embedding',
};

function matches({ name, kind, tensors }: LayerSummary, query: string): boolean {
  const text = [
    name,
    KIND_WORDS[kind],
    ...tensors.flatMap(({ name: tensor, shape, type }) => [tensor, shape.join(','), type]),
  ];
  return hasAllWords(text.join(' '), query);
}

export function LayerList({ searchRef }: { searchRef: RefObject<HTMLInputElement | null> }) {
  const model = useApp((state) => state.model);
  const selection = useApp((state) => state.selection);
  const [query, setQuery] = useState('');
  const layers = useMemo(
    () => (model?.layers ?? []).filter((layer) => layer.kind !== 'input' && matches(layer, query)),
    [model, query],
  );
  return (
    <aside className="layers" aria-label="Layers">
      <div className="layers-head">
        <h2>Layers</h2>
        <input
          ref={searchRef}
          type="search"
          placeholder="name, kind or shape  /"
          aria-label="Search layers by name, kind or shape"
          value={query}
          onChange={(event) => setQuery(event.target.value)}
        />
      </div>
      <ul>
        {layers.map((layer) => (
          <LayerRow
            key={layer.index}
            layer={layer}
            isSelected={selection?.kind === 'layer' && selection.layer === layer.index}
          />
        ))}
      </ul>
      {model && layers.length === 0 && <p className="muted empty">No layer matches “{query}”.</p>}
    </aside>
  );
}

function LayerRow({ layer, isSelected }: { layer: LayerSummary; isSelected: boolean }) {
  const [main] = layer.tensors;
  const count = layer.tensors.reduce((total, { elementCount }) => total + elementCount, 0);
  return (
    <li>
      <button
        type="button"
        className={main ? 'layer' : 'layer minor'}
        aria-pressed={isSelected}
        onClick={() => select(isSelected ? undefined : { kind: 'layer', layer: layer.index })}
      >
        <span className="layer-name">{layer.name}</span>
        <span className="layer-kind">{KIND_WORDS[layer.kind]}</span>
        {main && (
          <>
            <span className="layer-shape">{formatShape(main.shape)}</span>
            <span className="layer-count">{formatLarge(count)}</span>
            <TensorHistogram tensorName={main.name} height={22} isSmall />
          </>
        )}
      </button>
    </li>
  );
}
