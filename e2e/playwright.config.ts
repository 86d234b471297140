import { defineConfig } from 'playwright/test';
import { launchOptions } from './chromium.ts';

const PORT = 4617;

export default defineConfig({
  testDir: '.',
  outputDir: 'results',
  fullyParallel: true,
  workers: 2,
  // Two cores that also compute WebGPU in software: generous, so that a slow machine does not fail what works.
  timeout: 90_000,
  expect: { timeout: 30_000 },
  reporter: [['list']],
  use: { baseURL: `http://localhost:${PORT}`, viewport: { width: 1400, height: 900 } },
  projects: [
    { name: 'webgpu', grep: /@webgpu/, use: { launchOptions: launchOptions() } },
    { name: 'no-webgpu', grepInvert: /@webgpu/, use: { launchOptions: launchOptions([]) } },
  ],
  webServer: {
    command: `npx vite preview --port ${PORT} --strictPort`,
    cwd: '..',
    url: `http://localhost:${PORT}`,
    reuseExistingServer: false,
  },
});
