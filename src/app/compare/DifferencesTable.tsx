/** What differs, tensor by tensor, or layer by layer; a click marks the layer in both graphs. */
import { type CSSProperties, useMemo, useState } from 'react';
import type { GraphShape } from '../../graph';
import type { Comparison } from '../../workers/compare-worker';
import { formatCount } from '../format';
import { DataTable } from '../zoo/DataTable';
import { type ComparedSelection, compareStore, useCompare } from './compare-store';
import {
  firstOf,
  LAYER_COLUMNS,
  type LayerRow,
  secondOf,
  type TensorRow,
  tensorColumns,
} from './differences-columns';

interface DifferencesTableProps {
  readonly left: GraphShape;
  readonly right: GraphShape;
  readonly result: Comparison;
}

/** The layer that a tensor belongs to. */
function layerOf({ blocks }: GraphShape, name: string | undefined): number | undefined {
  return name === undefined
    ? undefined
    : blocks.find((block) => block.tensorName === name || block.name === name)?.layer;
}

export function DifferencesTable({ left, right, result }: DifferencesTableProps) {
  const sort = useCompare((state) => state.sort);
  const selection = useCompare((state) => state.selection);
  const [marked, setMarked] = useState<string>();
  const tensors = useMemo(
    () =>
      result.kind === 'aligned'
        ? result.tensors.map((tensor, index): TensorRow => ({ ...tensor, place: index + 1 }))
        : [],
    [result],
  );
  const layers = useMemo(
    () =>
      result.kind === 'aligned'
        ? []
        : result.layers.map((match, index): LayerRow => ({ match, place: index + 1 })),
    [result],
  );
  const columns = useMemo(() => tensorColumns(tensors.some(({ chance }) => chance !== undefined)), [tensors]);
  const select = (first: string | undefined, second: string | undefined) => {
    const next: ComparedSelection = {
      kind: 'layer',
      left: layerOf(left, first),
      right: layerOf(right, second),
    };
    const isSelected =
      selection?.kind === 'layer' && selection.left === next.left && selection.right === next.right;
    compareStore.setState({ selection: isSelected ? undefined : next });
  };
  const shared = {
    sort,
    onSort: (next: typeof sort) => compareStore.setState({ sort: next }),
    marked,
    onMark: setMarked,
    keyOf: (row: { readonly place: number }) => String(row.place),
  };
  return (
    <section
      className="compare-table"
      aria-label="Differences"
      style={{ '--rows': tensors.length + layers.length } as CSSProperties}
    >
      {result.kind === 'aligned' ? (
        <DataTable
          {...shared}
          label={`${formatCount(tensors.length)} tensors, how far they differ`}
          columns={columns}
          rows={tensors}
          onOpen={({ first, second }) => select(first, second)}
        />
      ) : (
        <DataTable
          {...shared}
          label={`${formatCount(layers.length)} layers of both models`}
          columns={LAYER_COLUMNS}
          rows={layers}
          onOpen={({ match }) => select(firstOf(match)?.name, secondOf(match)?.name)}
        />
      )}
    </section>
  );
}
