import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { SvgRecorder } from './svg-recorder';

beforeAll(() => {
  // Node has no canvas; text is only measured where labels are cut.
  vi.stubGlobal(
    'OffscreenCanvas',
    class {
      getContext = () => null;
    },
  );
});
afterAll(() => vi.unstubAllGlobals());

it('writes what was drawn, in order, and nothing that a name could smuggle in', () => {
  const recorder = new SvgRecorder(20, 10);
  recorder.fillStyle = '#123';
  recorder.fillRect(0, 0, 20, 10);
  recorder.beginPath();
  recorder.moveTo(1, 2);
  recorder.bezierCurveTo(3, 2, 3, 4.12345, 5, 4);
  recorder.strokeStyle = 'red';
  recorder.globalAlpha = 0.5;
  recorder.setLineDash([6, 4]);
  recorder.stroke();
  recorder.globalAlpha = 1;
  recorder.font = "italic 600 12.5px Georgia, 'Times New Roman', serif";
  recorder.textAlign = 'center';
  recorder.fillText('</text><script>"', 3, 4);
  expect(recorder.svg.split('\n')).toEqual([
    '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10" viewBox="0 0 20 10">',
    '<rect x="0" y="0" width="20" height="10" fill="#123"></rect>',
    '<path d="M1 2C3 2 3 4.12 5 4" fill="none" stroke="red" stroke-width="1" stroke-dasharray="6 4" opacity="0.5"></path>',
    `<text x="3" y="4" fill="#123" font-family="Georgia, 'Times New Roman', serif" font-size="12.5px" font-style="italic" font-weight="600" text-anchor="middle">&lt;/text&gt;&lt;script&gt;&quot;</text>`,
    '</svg>',
    '',
  ]);
});

it('draws circles and rounded rectangles as paths', () => {
  const recorder = new SvgRecorder(20, 10);
  recorder.beginPath();
  recorder.arc(5, 5, 2);
  recorder.roundRect(0, 0, 10, 6, 2);
  recorder.fill();
  expect(recorder.svg).toContain(
    'd="M7 5A2 2 0 1 1 3 5A2 2 0 1 1 7 5ZM2 0h6a2 2 0 0 1 2 2v2a2 2 0 0 1 -2 2h-6a2 2 0 0 1 -2 -2v-2a2 2 0 0 1 2 -2Z"',
  );
});
