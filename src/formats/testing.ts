/** Fixtures and a clock, for the tests of the readers. Not part of the page. */
import fs from 'node:fs';
import path from 'node:path';

const FIXTURES = path.resolve(import.meta.dirname, '../../training/fixtures');

export function readFixtureFile(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(fs.readFileSync(path.join(FIXTURES, name)));
}

export function readFixtureJson<Content>(name: string): Content {
  return JSON.parse(fs.readFileSync(path.join(FIXTURES, name), 'utf8')) as Content;
}

/** Milliseconds that this process computes from now on, whatever else the machine is busy with. */
export function startClock(): () => number {
  const start = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  };
}
