/** The thread that runs the open network, so that a long run does not stop the page. The runtime is fetched with the first one. */
import * as Comlink from 'comlink';
import runtimeUrl from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import { type NetworkResults, NetworkRunner, type NetworkValue } from './network-runner';

export class NetworkRunnerWorker {
  readonly #runner = new NetworkRunner(runtimeUrl);

  /** Prepares a network, given as ONNX; the one before is forgotten. Rejects where the runtime cannot run it. */
  async load(onnx: Uint8Array, fileName: string): Promise<void> {
    await this.#runner.load(onnx, fileName);
  }

  /** Runs the network that was loaded. */
  async run(inputs: readonly NetworkValue[]): Promise<NetworkResults> {
    const results = await this.#runner.run(inputs);
    return Comlink.transfer(
      results,
      results.outputs.map(({ values }) => values.buffer),
    );
  }
}

Comlink.expose(new NetworkRunnerWorker());
