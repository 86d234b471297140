/** What if: the network pruned, noisy, quantised, scaled, reinitialised, or on its way to another; the prediction follows. */
import { useEffect, useRef, useState } from 'react';
import type { LayerSummary, ModelSummary } from '../../../workers/model-summary';
import { undoAllEdits } from '../../edits/editing';
import { store, useApp } from '../../store';
import '../../styles/lab.css';
import { NetworkOutputs } from '../outputs/NetworkOutputs';
import { Readings } from '../outputs/Readings';
import { freshSeed } from '../symmetry/shuffle';
import { CheckpointChooser } from './CheckpointChooser';
import { KINDS, type Kind, type Settings, settingsOf } from './kinds';
import { LevelSlider } from './LevelSlider';

export function WhatIfPanel() {
  const model = useApp((state) => state.model);
  const opened = useApp((state) => state.opened);
  const isEdited = useApp(({ edits }) => edits.edits.length > 0);
  if (!model) return null;
  return (
    <div className="lab">
      <Controls key={opened} model={model} />
      {isEdited && (
        <>
          <Readings />
          <p className="buttons">
            <button type="button" onClick={() => void undoAllEdits()}>
              Undo all
            </button>
          </p>
        </>
      )}
      <NetworkOutputs />
    </div>
  );
}

const hasWeights = ({ tensors }: LayerSummary) => tensors.length > 0;

function Controls({ model }: { model: ModelSummary }) {
  const layers = model.layers.filter(hasWeights);
  const selection = useApp((state) => state.selection);
  const selectedLayer = selection?.kind === 'layer' ? selection.layer : undefined;
  // On coming back, what was done last is what one goes on with.
  const [last] = useState(() => store.getState().edits.edits.at(-1));
  const lastKind = KINDS.find((one) => one.kind === last?.kind);
  const [kind, setKind] = useState<Kind>(lastKind ?? KINDS[0]);
  const [settings, setSettings] = useState<Settings>(() => ({
    layer: lastKind ? undefined : selectedLayer,
    seed: freshSeed(),
    per: 'tensor',
    score: undefined,
    checkpoint: undefined,
    ...(lastKind && settingsOf(last)),
  }));
  const change = (next: Partial<Settings>) => setSettings((before) => ({ ...before, ...next }));
  const followed = useRef(selectedLayer);
  useEffect(() => {
    if (selectedLayer === followed.current) return;
    followed.current = selectedLayer;
    if (selectedLayer !== undefined) setSettings((before) => ({ ...before, layer: selectedLayer }));
  }, [selectedLayer]);
  const layer = !kind.hasLayer
    ? undefined
    : (settings.layer ?? (kind.isOfOneLayer ? layers[0]?.index : undefined));
  return (
    <fieldset>
      <legend>What if one were to</legend>
      <select
        aria-label="What is done"
        value={kind.kind}
        onChange={({ target }) => setKind(KINDS.find((one) => one.kind === target.value) ?? kind)}
      >
        {KINDS.map((one) => (
          <option key={one.kind} value={one.kind}>
            {one.title}
          </option>
        ))}
      </select>
      {kind.hasLayer && (
        <select
          aria-label="Where"
          value={layer ?? 'all'}
          onChange={({ target }) =>
            change({ layer: target.value === 'all' ? undefined : Number(target.value) })
          }
        >
          {!kind.isOfOneLayer && <option value="all">in all layers</option>}
          {layers.map(({ index, name }) => (
            <option key={index} value={index}>
              {kind.isOfOneLayer ? name : `in ${name}`}
            </option>
          ))}
        </select>
      )}
      {kind.kind === 'prune' && (
        <select
          aria-label="Which first"
          value={settings.score === undefined ? 'magnitude' : 'saliency'}
          onChange={({ target }) => change({ score: target.value === 'magnitude' ? undefined : 'saliency' })}
        >
          <option value="magnitude">the smallest first</option>
          <option value="saliency">first what matters least to the prediction</option>
        </select>
      )}
      {kind.kind === 'quantise' && (
        <select
          aria-label="Scales"
          value={settings.per}
          onChange={({ target }) => change({ per: target.value === 'channel' ? 'channel' : 'tensor' })}
        >
          <option value="tensor">one scale per tensor</option>
          <option value="channel">one scale per channel</option>
        </select>
      )}
      {(kind.kind === 'noise' || kind.kind === 'reinitialise') && (
        <button type="button" onClick={() => change({ seed: freshSeed() })}>
          Draw again
        </button>
      )}
      {kind.kind === 'interpolate' && (
        <CheckpointChooser name={settings.checkpoint} onOpen={(checkpoint) => change({ checkpoint })} />
      )}
      {(kind.kind !== 'interpolate' || settings.checkpoint !== undefined) && (
        <LevelSlider
          // Another question is another curve.
          key={JSON.stringify([kind.kind, layer, settings])}
          kind={kind}
          settings={{ ...settings, layer }}
        />
      )}
    </fieldset>
  );
}
