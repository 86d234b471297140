import path from 'node:path';
import react from '@vitejs/plugin-react';
import { playwright } from '@vitest/browser-playwright';
import asc from 'assemblyscript/asc';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { launchOptions } from './e2e/chromium.ts';

/** The page may load and talk to its own files, and nothing else: what a person opens cannot leave. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** Written into the built page only: the development server needs inline scripts. */
const contentSecurityPolicy: Plugin = {
  name: 'content-security-policy',
  apply: 'build',
  transformIndexHtml: () => [
    {
      tag: 'meta',
      attrs: { 'http-equiv': 'Content-Security-Policy', content: POLICY },
      injectTo: 'head-prepend',
    },
  ],
};

/** `import kernels from './x.as.ts?wasm'`: the AssemblyScript file, compiled, as base64. It is a few kilobytes. */
const assemblyScript: Plugin = {
  name: 'assemblyscript',
  enforce: 'pre',
  async load(id) {
    if (!id.endsWith('.as.ts?wasm')) return;
    const file = id.replace(/\?wasm$/, '');
    this.addWatchFile(file);
    let binary: Uint8Array | undefined;
    const options = [
      '-O3',
      '--noAssert',
      '--enable',
      'simd',
      '--runtime',
      'stub',
      '--outFile',
      'kernels.wasm',
    ];
    const { error, stderr } = await asc.main([path.relative(process.cwd(), file), ...options], {
      writeFile: (_name, contents) => {
        binary = contents as Uint8Array;
      },
    });
    if (error || !binary) throw new Error(`${file} does not compile. ${stderr.toString()}`);
    return `export default ${JSON.stringify(Buffer.from(binary).toString('base64'))}`;
  },
};

export default defineConfig({
  base: './',
  plugins: [react(), contentSecurityPolicy, assemblyScript],
  build: { target: 'es2023' },
  // The page itself: the pages of bench/ bring rivals that it does not need. ONNX Runtime is imported by a worker, when a network is run for the first time.
  optimizeDeps: { entries: ['index.html'], include: ['onnxruntime-web/wasm'] },
  worker: { format: 'es', plugins: () => [assemblyScript] },
  test: {
    // For a slow machine, or a busy one: what is measured here is right or wrong, not quick or slow.
    testTimeout: 60_000,
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          include: ['src/**/*.test.ts'],
          exclude: ['src/**/*.gpu.test.ts'],
          // Modules are loaded once for all files, which takes a quarter of the time.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          // Kernels run where the page runs: in a real browser.
          name: 'gpu',
          include: ['src/**/*.gpu.test.ts'],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: launchOptions() }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
});
