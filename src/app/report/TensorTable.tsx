/** Every tensor of the file, and what became of it. */
import { useState } from 'react';
import type { TensorFate, TensorReport } from '../../tasks';
import { formatCount, formatShape } from '../format';
import { edgeWord } from '../graph-view/describe';
import { hasAllWords } from '../search';

/** Rows that are shown; a search finds the others, and the saved report has all. */
const MAX_ROWS = 200;

const FATES: Readonly<Record<TensorFate, string>> = {
  parameter: '',
  partial: 'placed in part',
  missing: 'not placed',
  constant: 'a constant of the computation',
  unread: 'read by nothing',
};

function becameWhat({ fate, edges, layers }: TensorReport): string {
  const shared = layers.length > 1 ? `shared by ${formatCount(layers.length)} layers` : '';
  return [edges.map(edgeWord).join(', '), FATES[fate], shared].filter(Boolean).join('; ');
}

const matches = (tensor: TensorReport, query: string): boolean =>
  hasAllWords(`${tensor.name} ${tensor.type} ${tensor.shape.join(',')} ${becameWhat(tensor)}`, query);

export function TensorTable({ tensors }: { tensors: readonly TensorReport[] }) {
  const [query, setQuery] = useState('');
  const found = tensors.filter((tensor) => matches(tensor, query));
  const more = found.length - MAX_ROWS;
  return (
    <>
      <header className="table-head">
        <h3>Tensors</h3>
        <input
          type="search"
          placeholder="name, shape, type or fate"
          aria-label="Search tensors"
          value={query}
          onChange={(event) => setQuery(event.target.value)}
        />
      </header>
      <div className="table-scroll">
        <table className="tensor-table">
          <thead>
            <tr>
              <th scope="col">tensor</th>
              <th scope="col">shape</th>
              <th scope="col">type</th>
              <th scope="col">became</th>
            </tr>
          </thead>
          <tbody>
            {found.slice(0, MAX_ROWS).map((tensor) => (
              <tr key={tensor.name}>
                <td>
                  <code>{tensor.name}</code>
                </td>
                <td>{formatShape(tensor.shape)}</td>
                <td>{tensor.type}</td>
                <td title={tensor.reason ?? tensor.layers.join(', ')}>{becameWhat(tensor)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {more > 0 && <p className="muted">and {formatCount(more)} more</p>}
      {found.length === 0 && <p className="muted">No tensor matches “{query}”.</p>}
    </>
  );
}
