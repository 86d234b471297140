/** Chooses the model of one side: the open one, a sample, one of the zoo, files, or the left one shuffled. */
import { type InputHTMLAttributes, useRef } from 'react';
import { AS_FOLDER } from '../found-files';
import { randomNetwork } from '../open-zoo-network';
import { useApp } from '../store';
import { messageOf } from '../worker-clients';
import { compareChosen } from './choosing';
import { type Choice, compareStore, type SideName, useCompare } from './compare-store';
import { choose } from './comparing';
import { openZooRun } from './series';

/** One that nobody has seen yet. */
const newSeed = () => Math.floor(Math.random() * 1e6);

async function chooseFromZoo(side: SideName): Promise<void> {
  await choose(side, { kind: 'zoo', ...(await randomNetwork()) });
}

async function openRunOfZoo(): Promise<void> {
  const { zoo, name } = await randomNetwork();
  await openZooRun({ zoo, run: name.replace(/-[^-]*$/, '') });
}

const report = (error: unknown) => compareStore.setState({ error: messageOf(error) });

interface SidePickerProps {
  readonly side: SideName;
  /** Something was chosen. */
  readonly onChosen: () => void;
}

export function SidePicker({ side, onChosen }: SidePickerProps) {
  const samples = useApp((state) => state.samples);
  const hasOpen = useApp((state) => state.model !== undefined);
  const hasLeft = useCompare((state) => state.left !== undefined);
  const isOpenOnLeft = useCompare((state) => state.left?.choice.kind === 'open');
  const [filesRef, folderRef] = [useRef<HTMLInputElement>(null), useRef<HTMLInputElement>(null)];
  const take = (choice: Choice) => {
    onChosen();
    void choose(side, choice);
  };
  const input: InputHTMLAttributes<HTMLInputElement> = {
    type: 'file',
    multiple: true,
    hidden: true,
    onChange: ({ target }) => {
      // The list is emptied with the field.
      const files = [...(target.files ?? [])];
      target.value = '';
      onChosen();
      void compareChosen(files, side);
    },
  };
  return (
    <>
      <ul className="menu">
        {side === 'right' && hasLeft && (
          <Item
            title="The left one, neurons shuffled"
            note="the same function in another order: shows what aligning finds"
            onChoose={() => take({ kind: 'shuffled', seed: newSeed() })}
          />
        )}
        {hasOpen && !isOpenOnLeft && (
          <Item
            title="The open network"
            note="as the page has it, with its edits"
            onChoose={() => take({ kind: 'open' })}
          />
        )}
        <Item
          title="A file…"
          note="or two, to be compared with each other"
          onChoose={() => filesRef.current?.click()}
        />
        <Item
          title="A network of the zoo"
          note="a random one that the metanet was not trained on"
          onChoose={() => {
            onChosen();
            chooseFromZoo(side).catch(report);
          }}
        />
        {side === 'right' && (
          <>
            <Item
              title="A folder of checkpoints…"
              note="of one training run, as a time-lapse"
              onChoose={() => folderRef.current?.click()}
            />
            <Item
              title="A training run of the zoo"
              note="three checkpoints of a random run, as a time-lapse"
              onChoose={() => {
                onChosen();
                openRunOfZoo().catch(report);
              }}
            />
          </>
        )}
        {samples.map(({ file, title, note }, index) => (
          <Item
            key={file}
            isSeparated={index === 0}
            title={title}
            note={note}
            onChoose={() => take({ kind: 'sample', file })}
          />
        ))}
      </ul>
      <input
        ref={filesRef}
        {...input}
        data-testid={`files-${side}`}
        aria-label={`Files for the ${side} side`}
      />
      <input ref={folderRef} {...input} {...AS_FOLDER} aria-label="Folder of checkpoints" />
    </>
  );
}

interface ItemProps {
  readonly title: string;
  readonly note: string;
  readonly isSeparated?: boolean;
  readonly onChoose: () => void;
}

function Item({ title, note, isSeparated, onChoose }: ItemProps) {
  return (
    <li className={isSeparated ? 'separated' : undefined}>
      <button type="button" onClick={onChoose}>
        <strong>{title}</strong>
        <span className="muted">{note}</span>
      </button>
    </li>
  );
}
