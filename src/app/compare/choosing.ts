/** Files that were chosen or dropped: one model for a side, two for both, more for a series. */
import { namesOtherComparison } from '../address';
import { chosenFiles, type FoundFile, networksAmong, soleModel } from '../found-files';
import { store } from '../store';
import { compareStore, type SideName } from './compare-store';
import { choose } from './comparing';
import { readComparison } from './pair-address';
import { openSeries, openZooRun } from './series';

const named = ({ file }: FoundFile) => ({ name: file.name, blob: file });

async function compareFiles(files: readonly FoundFile[], side: SideName): Promise<void> {
  const sole = soleModel(files);
  if (sole) return void (await choose(side, { kind: 'files', files: sole.map(named) }));
  const networks = networksAmong(files)
    .map(({ path, file, companions }) => ({ path, files: [file, ...companions] }))
    .sort((a, b) => a.path.localeCompare(b.path, 'en', { numeric: true }));
  if (networks.length === 2) {
    const isRead = await choose('left', { kind: 'files', files: networks[0].files });
    if (isRead) await choose('right', { kind: 'files', files: networks[1].files });
  } else if (networks.length > 2) {
    await openSeries(networks[0].path.split('/').at(-2), networks);
  } else compareStore.setState({ error: 'There is no model among these files.' });
}

export const compareChosen = (list: Iterable<File>, side: SideName) => compareFiles(chosenFiles(list), side);

export const compareDropped = (files: readonly FoundFile[]) =>
  compareFiles(files, compareStore.getState().left ? 'right' : 'left');

/** What the address names, if that is not shown; else the open model on the left, and again when it has changed. */
export async function beginComparing(): Promise<void> {
  const { left, series } = compareStore.getState();
  const { model, modelNumber } = store.getState();
  const wanted = readComparison(location.hash);
  if (namesOtherComparison() && wanted.series) return await openZooRun(wanted.series);
  if (namesOtherComparison() && wanted.left) {
    if ((await choose('left', wanted.left)) && wanted.right) await choose('right', wanted.right);
    return;
  }
  if (series || !model) return; // a model that is being opened is asked for then
  const isStale = left?.choice.kind === 'open' && left.modelNumber !== modelNumber;
  if (!left || isStale) await choose('left', { kind: 'open' });
}
