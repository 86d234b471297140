/**
 * Films a page without any program but the browser: frames come over its debugging protocol, and its own MediaRecorder makes
 * them a WebM file afterwards, at the pace at which they were taken.
 */
import fs from 'node:fs';
import type { CDPSession, Page } from 'playwright';

interface Frame {
  /** JPEG, base64. */
  readonly data: string;
  /** Seconds. */
  readonly at: number;
}

/** The first frames come at once, the next ones where something moves: a picture that stands still is held for so long. */
const LAST_FRAME_SECONDS = 1.5;
/** Waiting for a slow machine is cut down to this. */
const MAX_STILL_SECONDS = 2.5;
const BITS_PER_SECOND = 900_000;

export class Film {
  readonly #frames: Frame[] = [];

  private constructor(
    readonly page: Page,
    readonly session: CDPSession,
  ) {}

  static async start(page: Page): Promise<Film> {
    const film = new Film(page, await page.context().newCDPSession(page));
    const { session } = film;
    session.on('Page.screencastFrame', ({ data, metadata, sessionId }) => {
      film.#frames.push({ data, at: metadata.timestamp ?? Date.now() / 1000 });
      void session.send('Page.screencastFrameAck', { sessionId }).catch(() => undefined); // the page was closed
    });
    await session.send('Page.startScreencast', { format: 'jpeg', quality: 85, everyNthFrame: 1 });
    return film;
  }

  /** Stops filming and writes what was taken. */
  async save(file: string): Promise<void> {
    await this.session.send('Page.stopScreencast');
    const { width, height } = this.page.viewportSize() ?? { width: 1400, height: 860 };
    const studio = await this.page.context().newPage();
    await studio.evaluate(startRecorder, { width, height, bitsPerSecond: BITS_PER_SECOND });
    for (const [index, { data, at }] of this.#frames.entries()) {
      const next = this.#frames.at(index + 1)?.at;
      const seconds = next === undefined ? LAST_FRAME_SECONDS : Math.min(next - at, MAX_STILL_SECONDS);
      await studio.evaluate(showFrame, { data, seconds });
    }
    fs.writeFileSync(file, Buffer.from(await studio.evaluate(stopRecorder), 'base64'));
    await studio.close();
  }
}

/** What the functions below, which run in the studio's page, leave for one another. */
interface Studio {
  context: CanvasRenderingContext2D;
  recorder: MediaRecorder;
  pieces: Blob[];
}

declare global {
  var studio: Studio;
}

function startRecorder(size: { width: number; height: number; bitsPerSecond: number }): void {
  const canvas = document.createElement('canvas');
  canvas.width = size.width;
  canvas.height = size.height;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('The browser gives no canvas.');
  document.body.append(canvas);
  const recorder = new MediaRecorder(canvas.captureStream(), {
    mimeType: 'video/webm;codecs=vp8',
    videoBitsPerSecond: size.bitsPerSecond,
  });
  const pieces: Blob[] = [];
  recorder.ondataavailable = ({ data }) => pieces.push(data);
  globalThis.studio = { context, recorder, pieces };
  recorder.start();
}

async function showFrame(frame: { data: string; seconds: number }): Promise<void> {
  const { context } = globalThis.studio;
  const image = new Image();
  image.src = `data:image/jpeg;base64,${frame.data}`;
  await image.decode();
  context.drawImage(image, 0, 0, context.canvas.width, context.canvas.height);
  await new Promise((resolve) => setTimeout(resolve, 1000 * frame.seconds));
}

async function stopRecorder(): Promise<string> {
  const { recorder, pieces } = globalThis.studio;
  const isStopped = new Promise((resolve) => {
    recorder.onstop = resolve;
  });
  recorder.stop();
  await isStopped;
  const bytes = new Uint8Array(await new Blob(pieces).arrayBuffer());
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}
