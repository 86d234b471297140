import { defineConfig } from 'playwright/test';
import { launchOptions } from './chromium.ts';

const PORT = 4617;

/** Stories of files, reports and lists: the same on any machine, and many times quicker where no WebGPU is computed in software. */
const WITHOUT_WEBGPU =
  /(accessible|address|bad-file|compare|drop|formats|images|inspect|learn|no-webgpu|pytorch|report|share|symmetry|trust|what-if|zoo)\.spec\.ts/;

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
    { name: 'webgpu', testIgnore: WITHOUT_WEBGPU, use: { launchOptions: launchOptions() } },
    { name: 'no-webgpu', testMatch: WITHOUT_WEBGPU, use: { launchOptions: launchOptions([]) } },
  ],
  webServer: {
    command: `npx vite preview --port ${PORT} --strictPort`,
    cwd: '..',
    url: `http://localhost:${PORT}`,
    reuseExistingServer: false,
  },
});
