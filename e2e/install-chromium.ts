/**
 * Makes sure that there is a Chromium to test with: the one found, else Playwright's download, else the system's package.
 */
import { spawnSync } from 'node:child_process';
import { findChromium } from './chromium.ts';

/** Each is tried until a browser is there. */
const WAYS: readonly (readonly string[])[] = [
  ['npx', 'playwright', 'install', 'chromium'],
  ['apt-get', 'update'],
  ['apt-get', 'install', '--yes', '--no-install-recommends', 'chromium'],
];

for (const [command, ...argumentList] of WAYS) {
  if (findChromium()) break;
  console.log(`No Chromium yet; trying: ${command} ${argumentList.join(' ')}`);
  spawnSync(command, argumentList, { stdio: 'inherit', shell: process.platform === 'win32' });
}

const path = findChromium();
if (!path) {
  console.error(
    'No Chromium was found and none could be installed. Install one and name it in CHROMIUM_PATH.',
  );
  process.exit(1);
}
console.log(`Testing with ${path}`);
