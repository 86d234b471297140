import { expect, test } from 'vitest';
import type { Steps } from './compare-store';
import { StepByStep } from './step-by-step';

/** A worker that does one thing at a time: whatever is asked of it ends what it was doing. */
class Busy {
  #end: (() => void) | undefined;

  ask(value: string): Promise<string> {
    this.end();
    return new Promise((resolve, reject) => {
      this.#end = () => reject(new Error(`${value} was ended`));
      setTimeout(() => resolve(value), 5);
    });
  }

  end(): void {
    this.#end?.();
  }
}

test('a run that another one replaces asks for nothing more, and so ends nothing of the other', async () => {
  const busy = new Busy();
  const steps = new StepByStep(() => busy.end());
  const open: (() => void)[] = [];
  let told: Steps<string> | undefined;
  const run = (name: string) =>
    steps.run<string>(
      1,
      async (_, signal) => {
        await new Promise<void>((resolve) => open.push(resolve));
        signal.throwIfAborted();
        return await busy.ask(name);
      },
      (state) => {
        told = state;
      },
    );
  const [first, second] = [run('first'), run('second')];
  open[1](); // the second is at its worker already when the first goes on
  await Promise.resolve();
  open[0]();
  await Promise.all([first, second]);
  expect(told).toEqual({ status: 'done', points: ['second'] });
});

test('stopped, it keeps what is there, and says so', async () => {
  const steps = new StepByStep(() => undefined);
  let told: Steps<number> | undefined;
  await steps.run<number>(
    3,
    async (index) => {
      if (index === 1) steps.stop();
      return index;
    },
    (state) => {
      told = state;
    },
  );
  expect(told).toEqual({ status: 'stopped', points: [0] });
});
