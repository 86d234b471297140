/** PyTorch on one thread, in a process of its own beside the page: undefined where it is not installed. */
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { memorySource } from '../../src/formats';
import { GraphFile } from '../../training/graph-file.ts';
import { benchGraph } from './graphs.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const PYTHON = process.env.METANET_PYTHON ?? 'python3';

export interface TorchEngine {
  /** One run. */
  run(): Promise<{ milliseconds: number; outputs: number[] }>;
  close(): void;
}

export const hasTorch = () => spawnSync(PYTHON, ['-c', 'import torch, safetensors']).status === 0;

/** Writes the graph to a file in `folder` and starts PyTorch on it. */
export async function startTorch(graph: string, folder: string): Promise<TorchEngine> {
  const input = await benchGraph(graph, async (sample) =>
    memorySource(new Uint8Array(fs.readFileSync(path.join(ROOT, 'public/samples', sample))), sample),
  );
  const file = new GraphFile();
  file.add(graph, input);
  const graphPath = path.join(folder, 'graph.safetensors');
  file.write(graphPath);
  const child = spawn(
    PYTHON,
    ['bench/engines/torch_engine.py', graphPath, 'public/checkpoints/varying-cnns/gmn.safetensors'],
    { cwd: ROOT, stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const lines = readline.createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    async run() {
      child.stdin.write('run\n');
      const { value, done } = await lines.next();
      if (done) throw new Error('PyTorch has stopped.');
      return JSON.parse(value) as { milliseconds: number; outputs: number[] };
    },
    close: () => child.stdin.end(),
  };
}
