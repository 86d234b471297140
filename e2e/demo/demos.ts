/** The guided demos: each a short story of the real page. What they say is shown on the page and in the terminal. */
import type { Stage } from './stage.ts';

export interface Demo {
  readonly name: string;
  readonly title: string;
  readonly play: (stage: Stage) => Promise<void>;
}

export const DEMOS: readonly Demo[] = [
  {
    name: 'inspect',
    title: 'Look into a network',
    async play(stage) {
      const { page } = stage;
      const layers = page.getByRole('complementary', { name: 'Layers' });
      const graph = page.getByRole('application', { name: /^Parameter graph of/ });
      await stage.scene(
        'A network is open: neurons and channels are nodes, parameters are edges. Its accuracy is read from the weights alone.',
        () => stage.open(),
      );
      await stage.picture('dark');
      await stage.scene('A layer: its weights as a picture, their histogram, their statistics.', () =>
        stage.click(layers.getByRole('button', { name: /convolution/ }).nth(1)),
      );
      await stage.scene('A neuron: every kernel that feeds it, every one that it feeds.', async () => {
        await graph.focus();
        for (let step = 0; step < 4; step++) await page.keyboard.press('ArrowRight');
        await page.keyboard.press('ArrowDown');
      });
      await stage.picture('neuron');
      await stage.scene('Another kind of network, that the zoo has none of: the page says so.', async () => {
        await page.keyboard.press('Escape');
        await page.getByRole('button', { name: 'Switch to light' }).click();
        await page.getByRole('button', { name: 'Samples' }).click();
        await page
          .getByRole('listitem')
          .getByRole('button', { name: /picture held/i })
          .click();
        await page.getByText('Unlike anything in the zoo').waitFor();
      });
      await stage.picture('light');
    },
  },
  {
    name: 'symmetry',
    title: 'Shuffle neurons',
    async play(stage) {
      const { page } = stage;
      await stage.open();
      await stage.scene('Hidden neurons have no order.', () => stage.tool('Symmetry'));
      for (const words of [
        'Let them all change places: the edges go elsewhere, the prediction stands still.',
        'And again. The network’s own outputs, run by ONNX Runtime, agree.',
      ]) {
        await stage.scene(words, async () => {
          await page.getByRole('button', { name: 'Shuffle all neurons' }).click();
          await page.getByTestId('output-difference').waitFor();
        });
      }
      await stage.picture('symmetry');
      await stage.scene(
        'A wrong shuffle moves what comes in and not what goes out: everything changes.',
        () => stage.click(page.getByRole('button', { name: 'Shuffle wrongly' })),
      );
      await stage.scene('Undone.', () => page.keyboard.press('Control+z'));
    },
  },
  {
    name: 'saliency',
    title: 'What mattered',
    async play(stage) {
      const { page } = stage;
      await stage.open();
      await stage.scene('What does the prediction hang on? Gradient × value, of every weight.', async () => {
        await stage.tool('What mattered');
        await page.getByText('What raises it most').waitFor();
      });
      await stage.picture('saliency');
      await stage.scene('The test of it: predict again without what raises it most.', () =>
        stage.click(page.getByRole('button', { name: /Predict without the first/ }).first()),
      );
    },
  },
  {
    name: 'what-if',
    title: 'What if',
    async play(stage) {
      const { page } = stage;
      await stage.open();
      await stage.scene('What if one pruned it? The prediction follows the slider.', async () => {
        await stage.tool('What if');
        const slider = page.getByRole('slider', { name: /Prune weights/ });
        await slider.focus();
        for (let step = 0; step < 20; step++) {
          await slider.press('ArrowRight');
          await page.waitForTimeout(60);
        }
      });
      await stage.scene('The whole range, with the interval.', async () => {
        await stage.click(page.getByRole('button', { name: 'Try the whole range' }));
        await page.getByRole('button', { name: 'Try the whole range' }).waitFor();
      });
      await stage.picture('what-if');
      await stage.scene('Every edit can be undone, shared by link, and saved as ONNX or safetensors.', () =>
        stage.click(page.getByRole('button', { name: '1 edit' })),
      );
    },
  },
  {
    name: 'rounds',
    title: 'Watch it think',
    async play(stage) {
      const { page } = stage;
      const graph = page.getByRole('application', { name: /^Parameter graph of/ });
      await stage.open();
      await stage.scene('The metanet at work: the state of every node and edge, as colour.', async () => {
        await stage.tool('Rounds');
        await page.getByText(/^Round \d of/).waitFor();
      });
      await stage.scene('Round by round, what nodes hear from their neighbours changes them.', async () => {
        const slider = page.getByRole('slider', { name: /round/i });
        await slider.focus();
        await slider.press('Home');
        for (let step = 0; step < 3; step++) {
          await page.waitForTimeout(1200);
          await slider.press('ArrowRight');
        }
        await slider.press('Home');
        await slider.press('ArrowRight');
      });
      await stage.scene('A node’s update as a sum that one can follow, from the real buffers.', async () => {
        await graph.focus();
        for (let step = 0; step < 3; step++) await page.keyboard.press('ArrowRight');
      });
      await stage.picture('rounds');
    },
  },
  {
    name: 'compare',
    title: 'Compare',
    async play(stage) {
      const { page } = stage;
      await stage.open();
      await stage.scene('Two models: are they the same, but for the order of their neurons?', async () => {
        await page.getByRole('button', { name: 'Compare', exact: true }).click();
        await page
          .getByRole('button', { name: /neurons shuffled/ })
          .first()
          .click();
        await page.getByText('The same function up to a permutation').waitFor();
        await page.waitForTimeout(2500);
      });
      await stage.picture('compare');
      await stage.scene('Aligned: the right one with its neurons in the order of the left.', () =>
        page.getByRole('checkbox', { name: 'Aligned' }).check(),
      );
    },
  },
  {
    name: 'doubts',
    title: 'Know when not to believe it',
    async play(stage) {
      const { page } = stage;
      await stage.open();
      await stage.scene('Where the network lies among those of the zoo, and which are nearest.', async () => {
        await stage.tool('Doubts');
        await page.getByText('Where it lies in the zoo').waitFor();
        await page.waitForTimeout(1500);
      });
      await stage.picture('doubts');
    },
  },
  {
    name: 'learn',
    title: 'Step by step',
    async play(stage) {
      const { page } = stage;
      await stage.open();
      await stage.scene('A tour of five stops drives the real page.', () =>
        page.getByRole('button', { name: 'Tour', exact: true }).click(),
      );
      for (let stop = 2; stop <= 3; stop++) {
        await page.waitForTimeout(2500);
        await stage.scene('', () => page.keyboard.press('ArrowRight'));
      }
      await stage.picture('tour');
      await stage.scene(
        'Two theorems to touch: message passing runs the network itself, exactly.',
        async () => {
          await page.keyboard.press('Escape');
          await stage.tool('Theorems');
          await page.getByText(/nodes hold/).waitFor();
        },
      );
      await stage.picture('theorems');
    },
  },
  {
    name: 'zoo',
    title: 'The zoo',
    async play(stage) {
      const { page } = stage;
      await stage.open();
      await stage.scene(
        'The zoo: what metanets say of networks that they never saw, against the truth.',
        async () => {
          await page.getByRole('button', { name: 'Zoo', exact: true }).click();
          await page.getByTestId('figures').waitFor();
        },
      );
      await stage.picture('zoo');
      await stage.scene('Every metanet can be asked.', () =>
        page.getByRole('combobox', { name: 'Metanet' }).selectOption({ index: 2 }),
      );
    },
  },
];
