/** The nodes of the selected layer, each in its colour, to choose one from. */
import { useEffect, useState } from 'react';
import type { ModelSummary } from '../../../workers/model-summary';
import { select } from '../../actions';
import { groupsOfSelection } from '../../graph-view/GraphCanvas';
import { type Palette, readPalette } from '../../graph-view/palette';
import { sceneOf } from '../../graph-view/scene';
import { cssColour } from '../../graph-view/scene-colours';
import { useShownScene } from '../../graph-view/use-shown-scene';
import { useApp } from '../../store';
import { nodeName } from './node-name';

const MAX_LISTED = 256;

export function LayerNodes({ layer, model }: { layer: number; model: ModelSummary }) {
  const weights = sceneOf(model.graph);
  const scene = useShownScene(weights);
  const palette = usePalette();
  const colours = palette && scene?.colours?.ofNodes(palette);
  const groups = [...groupsOfSelection(weights, { kind: 'layer', layer })].map(
    (group) => model.graph.groups[group],
  );
  if (!colours) return null;
  return (
    <section className="layer-nodes">
      <h3>Nodes that {model.layers[layer].name} leads to</h3>
      <p className="muted small">Choose one to follow its numbers.</p>
      {groups.map(({ name, first, count }) => (
        <ul key={first} aria-label={`Nodes of ${name}`}>
          {Array.from({ length: Math.min(count, MAX_LISTED) }, (_, place) => first + place).map((node) => (
            <li key={node}>
              <button
                type="button"
                title={nodeName(weights, node)}
                aria-label={`Follow ${nodeName(weights, node)}`}
                style={{ backgroundColor: cssColour(colours[node]) }}
                onClick={() => select({ kind: 'node', node })}
              />
            </li>
          ))}
        </ul>
      ))}
      {groups.some(({ count }) => count > MAX_LISTED) && (
        <p className="muted small">
          The first {MAX_LISTED} of them; arrow keys in the graph lead to the others.
        </p>
      )}
    </section>
  );
}

/** The theme's colours, when the page has them. */
function usePalette(): Palette | undefined {
  const theme = useApp((state) => state.theme);
  const [palette, setPalette] = useState<Palette>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme changes what is read
  useEffect(() => {
    const frame = requestAnimationFrame(() => setPalette(readPalette(document.documentElement)));
    return () => cancelAnimationFrame(frame);
  }, [theme]);
  return palette;
}
