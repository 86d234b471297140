import fs from 'node:fs';
import path from 'node:path';
import type { Page, TestInfo } from 'playwright/test';
import { expectAllAccessible, LOOKS } from './axe.ts';
import { expect, fixture, openPage, publicFile, test } from './page.ts';

const zoo = JSON.parse(fs.readFileSync(publicFile('zoo/varying-cnns.json'), 'utf8')) as {
  columns: { name: string[] };
  words: { split: { values: string[]; codes: number[] } };
  shipped: number[];
};
const { split } = zoo.words;
const testCount = split.codes.filter((code) => split.values[code] === 'test').length;
const samples = fs.readdirSync(publicFile('samples')).filter((name) => name.endsWith('.onnx'));

async function openZoo(page: Page): Promise<void> {
  await page.goto('/?engine=cpu#zoo');
  await expect(page.getByTestId('figures')).toContainText(testCount.toLocaleString('en'));
}

const figures = (page: Page) => page.getByTestId('figures');
const networks = (page: Page) => page.getByRole('grid');
/** Body rows that exist; the table makes those in view only. */
const rows = (page: Page) => networks(page).locator('tbody tr[aria-rowindex]');
const shownCount = async (page: Page) =>
  Number((await figures(page).locator('dd').last().textContent())?.replace(',', ''));

/** A folder of samples, some of them more than once, and files that are no networks. */
function folderOfNetworks(info: TestInfo, copies = 1): string {
  const folder = info.outputPath('networks');
  fs.mkdirSync(folder, { recursive: true });
  for (const name of samples) {
    for (let copy = 0; copy < copies; copy++)
      fs.copyFileSync(
        publicFile(`samples/${name}`),
        path.join(folder, name.replace('.onnx', `-${copy}.onnx`)),
      );
  }
  const whole = fs.readFileSync(publicFile(`samples/${samples[0]}`));
  fs.writeFileSync(path.join(folder, 'half.onnx'), whole.subarray(0, whole.length / 2));
  fs.writeFileSync(path.join(folder, 'notes.dat'), 'No network at all.');
  fs.writeFileSync(path.join(folder, '.hidden'), 'Not even reported.');
  return folder;
}

test('the zoo opens over the graph, by button, key and address, and gives way to it again', async ({
  page,
}) => {
  await openPage(page);
  const open = await page.getByRole('heading', { level: 1 }).textContent();
  await page.getByRole('button', { name: 'Zoo', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Varying CNNs');
  await expect(page).toHaveURL(/#zoo$/);
  await expect(page.getByRole('application')).toBeHidden();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(open ?? '');
  await expect(page).toHaveURL(/#sample=/);
  await page.keyboard.press('z');
  await expect(page.getByTestId('figures')).toBeVisible();
  await page.goBack();
  await expect(page.getByRole('application')).toBeVisible();
});

test('figures are those of the networks that are shown', async ({ page }) => {
  await openZoo(page);
  const counted = new RegExp(`Predicted against true accuracy: ${testCount.toLocaleString('en')} networks`);
  await expect(page.getByRole('img', { name: counted })).toBeVisible();
  await expect(figures(page)).toHaveText(/R²\.\d{3}Kendall τ\.\d{3}mean error\d\.\d points/);
  const before = await figures(page).textContent();
  await page.getByRole('button', { name: /^batch/ }).click();
  const batch = await shownCount(page);
  expect(batch).toBeLessThan(testCount);
  expect(await figures(page).textContent()).not.toBe(before);
  await page.getByRole('button', { name: /^group/ }).click();
  expect(await shownCount(page)).toBeGreaterThan(batch);
  await expect(networks(page)).toHaveAttribute('aria-rowcount', String((await shownCount(page)) + 1));
  // No network of this split is edited: there is nothing to choose, and there is where some are.
  await expect(page.getByRole('group', { name: 'edit' })).toHaveCount(0);
  await page.getByLabel('Networks').first().selectOption('all');
  expect(await shownCount(page)).toBeGreaterThan(testCount);
  await page
    .getByRole('group', { name: 'edit' })
    .getByRole('button', { name: /^prune/ })
    .click();
  expect(await shownCount(page)).toBeLessThan(testCount);
  // A choice for another split stays, and can be undone.
  await page.getByLabel('Networks').first().selectOption('test');
  expect(await shownCount(page)).toBe(0);
  await page
    .getByRole('group', { name: 'edit' })
    .getByRole('button', { name: /^prune/, pressed: true })
    .click();
  await expect(page.getByRole('group', { name: 'edit' })).toHaveCount(0);
  await page.getByLabel('Networks').first().selectOption('all');
  await page.getByRole('button', { name: 'Show all' }).click();
  expect(await shownCount(page)).toBe(zoo.columns.name.length);
});

test('the zoo of several kinds of networks is coloured by them, and what opens from it is judged by its metanets', async ({
  page,
}) => {
  await openZoo(page);
  await page.getByRole('button', { name: 'Diverse Architectures' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Diverse Architectures');
  await expect(page.getByLabel('Colour')).toHaveValue('kind');
  for (const kind of ['1-D CNN', '2-D CNN', 'DeepSets', 'ResNet']) {
    await expect(page.getByRole('button', { name: new RegExp(`^${kind}`) })).toBeVisible();
  }
  const all = await shownCount(page);
  await page.getByRole('button', { name: /^ViT/ }).click();
  await expect.poll(() => shownCount(page)).toBeLessThan(all / 4);
  await expect(rows(page).first()).toContainText('ViT');
  await rows(page).filter({ hasText: '↗' }).first().click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/^vit\d{5}-\d\.onnx$/);
  await expect(page.getByRole('combobox', { name: 'Zoo' })).toHaveValue('diverse');
  await expect(page.getByText('Resembles the zoo')).toBeVisible();
});

test('the calibration of the intervals is drawn, for any metanet', async ({ page }) => {
  await openZoo(page);
  await page.getByLabel('Chart').selectOption('calibration');
  const chart = page.getByRole('img', {
    name: /Calibration on .* networks: intervals that promise 90 % hold \d+ %/,
  });
  await expect(chart).toBeVisible();
  const curve = () => chart.locator('path.held').getAttribute('d');
  const before = await curve();
  await page.getByRole('combobox', { name: 'Metanet', exact: true }).selectOption({ label: 'DMC' });
  await expect.poll(curve).not.toBe(before);
  await page.getByLabel('Chart').selectOption('scatter');
  await expect(page.getByRole('img', { name: /Predicted against true accuracy/ })).toBeVisible();
});

test('brushing the histogram chooses a range of accuracies, and so does typing it', async ({ page }) => {
  await openZoo(page);
  const box = await page.locator('.accuracy-histogram').boundingBox();
  if (!box) throw new Error('There is no histogram.');
  await page.mouse.move(box.x + 0.3 * box.width, box.y + 30);
  await page.mouse.down();
  await page.mouse.move(box.x + 0.5 * box.width, box.y + 35, { steps: 4 });
  await page.mouse.up();
  const brushed = await shownCount(page);
  expect(brushed).toBeGreaterThan(0);
  expect(brushed).toBeLessThan(testCount);
  const least = page.getByLabel('Least true accuracy in percent');
  expect(Number(await least.inputValue())).toBeGreaterThan(10);
  await least.fill('95');
  await page.getByLabel('Greatest true accuracy in percent').fill('99');
  await expect(page.getByText('No network passes all filters.')).toBeVisible();
  await page.getByRole('button', { name: 'Show all' }).click();
  expect(await shownCount(page)).toBe(testCount);
});

test('the table sorts by any column, and is walked with the keys', async ({ page }) => {
  await openZoo(page);
  const accuracies = async () => (await rows(page).locator('td:nth-child(2)').allTextContents()).map(Number);
  const falling = await accuracies();
  expect(falling).toEqual([...falling].sort((a, b) => b - a));
  await page.getByRole('button', { name: 'true', exact: true }).click();
  const rising = await accuracies();
  expect(rising).toEqual([...rising].sort((a, b) => a - b));
  await expect(page.getByRole('columnheader', { name: 'true' })).toHaveAttribute('aria-sort', 'ascending');
  await networks(page).focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await expect(rows(page).nth(1)).toHaveAttribute('aria-selected', 'true');
  // The point of the row says what it is.
  const name = (await rows(page).nth(1).locator('td').first().textContent())?.match(/run\d+-\d/)?.[0];
  await expect(page.locator('.graph-tip')).toContainText(name ?? '?');
  await page.keyboard.press('End');
  await expect(networks(page).locator('tr[aria-selected="true"]')).toHaveAttribute(
    'aria-rowindex',
    String(testCount + 1),
  );
});

test('a network opens in the graph, with everything in the zoo as it was on coming back', async ({
  page,
}) => {
  await openZoo(page);
  await page.getByRole('button', { name: /^flatten/ }).click();
  const shown = await shownCount(page);
  const shipped = rows(page).filter({ hasText: '↗' }).first();
  const name = (await shipped.locator('td').first().textContent())?.match(/run\d+-\d/)?.[0];
  await shipped.click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`${name}.onnx`);
  await expect(page.getByText(/True accuracy on CIFAR-10/)).toBeVisible();
  await page.goBack();
  await expect(figures(page)).toBeVisible();
  expect(await shownCount(page)).toBe(shown);
});

test('a point of the scatter is marked in the table, and a network without its file says so', async ({
  page,
}) => {
  await openZoo(page);
  await page.getByLabel('Networks').first().selectOption('train');
  const plot = page.getByRole('img', { name: /Predicted against true/ });
  const box = await plot.boundingBox();
  if (!box) throw new Error('There is no scatter.');
  // Somewhere along the diagonal there is a point.
  for (let step = 20; step < 60 && !(await page.locator('.graph-tip').isVisible()); step++) {
    await page.mouse.move(box.x + (step / 100) * box.width, box.y + (1 - step / 100) * box.height);
    await page.evaluate(
      () => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))),
    );
  }
  await page.mouse.down();
  await page.mouse.up();
  const notice = page.getByText(/The file of run\d+-\d\.onnx does not come with the page/);
  await expect(notice).toBeVisible();
  const name = (await notice.textContent())?.match(/run\d+-\d/)?.[0] ?? '?';
  await expect(page.locator('.graph-tip')).toContainText(name);
  await expect(networks(page).locator('tr[aria-selected="true"]')).toContainText(name);
  await page.getByRole('button', { name: 'Dismiss' }).click();
});

test('a folder is ranked; broken files are refused by name and the others go on', async ({ page }, info) => {
  await openZoo(page);
  await page.getByRole('button', { name: 'Your networks' }).click();
  await page.getByLabel('Folder of networks').setInputFiles(folderOfNetworks(info));
  await expect(page.getByText(`${samples.length + 2} files`)).toBeVisible();
  await expect(rows(page)).toHaveCount(samples.length + 2);
  // Those that resemble the zoo have ranks, the transformer and what was refused have none.
  const ranks = await rows(page).locator('td:first-child').allTextContents();
  expect(ranks).toEqual([...samples.slice(1).map((_, index) => String(index + 1)), '–', '–', '–']);
  const predicted = (await rows(page).locator('td:nth-child(3)').allTextContents()).map(Number.parseFloat);
  const likeZoo = predicted.slice(0, samples.length - 1);
  expect(likeZoo).toEqual([...likeZoo].sort((a, b) => b - a));
  await expect(page.getByText('1 unlike anything in the zoo')).toBeVisible();
  const half = rows(page).filter({ hasText: 'half.onnx' });
  await expect(half).toContainText('Refused');
  await half.hover();
  await expect(page.getByRole('region', { name: 'Ranking' }).locator('p')).toContainText(
    /half\.onnx.*Refused: .+\./,
  );
  // The samples know their accuracy.
  await expect(figures(page)).toContainText('Kendall τ');
  await expect(page.getByRole('img', { name: /Predicted against known accuracy: 5 networks/ })).toBeVisible();
  // The same number as when it is opened alone.
  const first = predicted[0].toFixed(1);
  await rows(page).first().click();
  await expect(page.getByTestId('accuracy')).toContainText(`${first} %`);
});

test('the ranking is taken away as CSV and as JSON', async ({ page }, info) => {
  await openZoo(page);
  await page.getByRole('button', { name: 'Your networks' }).click();
  await page.getByLabel('Folder of networks').setInputFiles(folderOfNetworks(info));
  await expect(page.getByText(`${samples.length + 2} files`)).toBeVisible();
  const save = async (name: string) => {
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: `Save as ${name}` }).click();
    return fs.readFileSync(await (await download).path(), 'utf8');
  };
  const csv = (await save('CSV')).trimEnd().split('\r\n');
  expect(csv).toHaveLength(1 + samples.length + 2);
  expect(csv[0]).toMatch(/^rank,file,sha256,predicted_accuracy,interval_low/);
  expect(csv[1]).toMatch(/^1,networks\/[\w-]+\.onnx,[0-9a-f]{64},0\.\d+,0\.\d+,0\.\d+,[\w-]+,true,/);
  expect(csv.at(-1)).toMatch(/notes\.dat.*not a model that can be read/);
  const json = JSON.parse(await save('JSON'));
  expect(json.metanets['varying-cnns'].name).toBe('GMN');
  expect(json.networks).toHaveLength(samples.length + 2);
});

test('files dropped on the zoo are ranked; cancelling keeps what is done', async ({ page }, info) => {
  await openZoo(page);
  const folder = folderOfNetworks(info, 100);
  const contents = fs
    .readdirSync(folder)
    .map((name) => ({ name, bytes: fs.readFileSync(path.join(folder, name)).toString('base64') }));
  const transfer = await page.evaluateHandle(async (list) => {
    const data = new DataTransfer();
    for (const { name, bytes } of list) {
      data.items.add(new File([Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0))], name));
    }
    return data;
  }, contents);
  await page.dispatchEvent('body', 'dragover', { dataTransfer: transfer });
  await expect(page.getByText('Drop networks to rank them')).toBeVisible();
  await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
  await expect(page.getByRole('region', { name: 'Ranking' })).toBeVisible();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByText(/\d+ files in .*; stopped before the other \d+/)).toBeVisible();
  const done = Number(await networks(page).getAttribute('aria-rowcount')) - 1;
  expect(done).toBeGreaterThan(0);
  expect(done).toBeLessThan(samples.length * 100);
  await expect(page.getByRole('button', { name: 'Save as CSV' })).toBeVisible();
});

test('a folder that is dropped on the graph is ranked in the zoo', async ({ page }, info) => {
  await openPage(page);
  // As the browser itself reports it: folders cannot be made by a page.
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [path.resolve(folderOfNetworks(info))], dragOperationsMask: 1 };
  const drag = (type: 'dragEnter' | 'dragOver' | 'drop') =>
    session.send('Input.dispatchDragEvent', { type, x: 700, y: 450, data });
  await drag('dragEnter');
  await expect(async () => {
    await drag('dragOver');
    await expect(page.getByText(/a folder of models to rank/)).toBeVisible({ timeout: 300 });
  }).toPass();
  await drag('dragOver');
  await drag('drop');
  await expect(page.getByText(`${samples.length + 2} files`)).toBeVisible();
  await expect(page).toHaveURL(/#zoo$/);
});

test('external data beside a network are found', async ({ page }) => {
  await openZoo(page);
  await page.getByRole('button', { name: 'Your networks' }).click();
  await page
    .getByTestId('ranking-files')
    .setInputFiles([fixture('external.onnx'), fixture('external.onnx.data'), fixture('mlp.old.onnx')]);
  await expect(rows(page)).toHaveCount(2);
  await expect(page.getByText('2 unlike anything in the zoo')).toBeVisible();
});

test('where the zoo’s part of the page does not arrive, the network stays open', async ({
  page,
  complaints,
}) => {
  await openPage(page);
  await page.route('**/ZooView-*.js', (route) => route.abort());
  await page.getByRole('button', { name: 'Zoo', exact: true }).click();
  await expect(page.getByRole('alert')).toContainText('The zoo could not be shown.');
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('graph')).toBeVisible();
  await expect(page.getByTestId('accuracy')).toBeVisible();
  expect(complaints.length).toBeGreaterThan(0);
  complaints.length = 0;
});

for (const [colorScheme, width] of LOOKS) {
  test(`axe finds nothing in the zoo: ${colorScheme}, ${width} pixels wide`, async ({ page }, info) => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    await openZoo(page);
    await expectAllAccessible(page, colorScheme, {
      zoo: async () => undefined,
      filtered: () => page.getByRole('button', { name: /^batch/ }).click(),
      'a row': async () => {
        await networks(page).focus();
        await page.keyboard.press('ArrowDown');
      },
      'your networks': () => page.getByRole('button', { name: 'Your networks' }).click(),
      ranking: async () => {
        await page.getByLabel('Folder of networks').setInputFiles(folderOfNetworks(info));
        await expect(page.getByText(`${samples.length + 2} files`)).toBeVisible();
      },
    });
  });
}
