/** Under the verdict: details of what is selected, or one of the tools, behind tabs. */
import { type ComponentType, type KeyboardEvent, lazy, Suspense } from 'react';
import { Guard } from '../Guard';
import { Inspector } from '../inspector/Inspector';
import { store, useApp } from '../store';
import type { Tool } from './tool';

// All but the first are loaded when they are first opened.
const SaliencyPanel = lazy(async () => ({
  default: (await import('./saliency/SaliencyPanel')).SaliencyPanel,
}));
const RoundsPanel = lazy(async () => ({ default: (await import('./rounds/RoundsPanel')).RoundsPanel }));
const SymmetryPanel = lazy(async () => ({
  default: (await import('./symmetry/SymmetryPanel')).SymmetryPanel,
}));
const WhatIfPanel = lazy(async () => ({ default: (await import('./what-if/WhatIfPanel')).WhatIfPanel }));
const TheoremsPanel = lazy(async () => ({
  default: (await import('./theorems/TheoremsPanel')).TheoremsPanel,
}));
const TrustPanel = lazy(async () => ({ default: (await import('./trust/TrustPanel')).TrustPanel }));

const TOOLS: readonly { readonly tool: Tool; readonly title: string; readonly Panel: ComponentType }[] = [
  { tool: 'details', title: 'Details', Panel: Inspector },
  { tool: 'saliency', title: 'What mattered', Panel: SaliencyPanel },
  { tool: 'rounds', title: 'Rounds', Panel: RoundsPanel },
  { tool: 'trust', title: 'Doubts', Panel: TrustPanel },
  { tool: 'symmetry', title: 'Symmetry', Panel: SymmetryPanel },
  { tool: 'what-if', title: 'What if', Panel: WhatIfPanel },
  { tool: 'theorems', title: 'Theorems', Panel: TheoremsPanel },
];

export function ToolTabs() {
  const tool = useApp((state) => state.tool);
  const model = useApp((state) => state.model);
  if (!model) return null;
  const { Panel, title } = TOOLS.find((one) => one.tool === tool) ?? TOOLS[0];
  const choose = (chosen: Tool) => store.setState({ tool: chosen });
  const onKeyDown = (event: KeyboardEvent) => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    event.stopPropagation();
    const index = TOOLS.findIndex((one) => one.tool === tool);
    const next = TOOLS[(index + by + TOOLS.length) % TOOLS.length];
    choose(next.tool);
    document.getElementById(`tab-${next.tool}`)?.focus();
  };
  return (
    <section className="tools" aria-label="Tools">
      <div role="tablist" aria-label="Tools" className="tabs" onKeyDown={onKeyDown}>
        {TOOLS.map((one) => (
          <button
            key={one.tool}
            type="button"
            role="tab"
            id={`tab-${one.tool}`}
            aria-selected={one.tool === tool}
            aria-controls="tool"
            tabIndex={one.tool === tool ? 0 : -1}
            onClick={() => choose(one.tool)}
          >
            {one.title}
          </button>
        ))}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and may have nothing in it to move the focus to */}
      <div role="tabpanel" id="tool" className="inspector" aria-labelledby={`tab-${tool}`} tabIndex={0}>
        <Guard key={tool} part={title} of={model}>
          <Suspense>
            <Panel />
          </Suspense>
        </Guard>
      </div>
    </section>
  );
}
