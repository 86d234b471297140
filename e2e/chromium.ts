/**
 * Finds a Chromium to test with, and the flags that give it WebGPU on machines without a graphics card.
 * Order: CHROMIUM_PATH, Playwright's own download, the system's.
 */
import fs from 'node:fs';
import { chromium } from 'playwright';

const SYSTEM_PATHS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** The browser's path, or undefined if none is installed. */
export function findChromium(): string | undefined {
  const candidates = [process.env.CHROMIUM_PATH, chromium.executablePath(), ...SYSTEM_PATHS];
  return candidates.find((path) => path && fs.existsSync(path));
}

/** WebGPU through the software adapter SwiftShader, computing and drawing: the same on every machine. */
export const WEBGPU_FLAGS = [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
  '--use-vulkan=swiftshader',
  '--use-angle=swiftshader',
];

/** What every launch needs: nothing in the background, and no sandbox where the machine runs as root. */
export const COMMON_FLAGS = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
];

export function launchOptions(flags: readonly string[] = WEBGPU_FLAGS) {
  return { executablePath: findChromium(), args: [...COMMON_FLAGS, ...flags] };
}
