/** The card of the tour, beside what it speaks of; in one column it lies at the bottom of the window. */
import { type CSSProperties, type KeyboardEvent, useEffect, useRef } from 'react';
import { useApp } from '../store';
import { STOPS } from './stops';
import { endTour, goTo } from './tour';
import { useTour } from './tour-store';
import { isNarrow, useInSight, useTargetRect } from './use-target-rect';

const CARD_PX = 330;
const GAP_PX = 14;
/** The graph’s own controls, which the card does not cover. */
const CONTROLS_PX = 62;

export function TourCard({ stop: number }: { stop: number }) {
  const stop = STOPS[number];
  const isMoving = useTour((state) => state.isMoving);
  const isOnOwnFile = useTour((state) => state.isOnOwnFile);
  const text = useApp((state) => stop.text(state, isOnOwnFile));
  const target = (isNarrow() && stop.narrowTarget) || stop.target;
  const rect = useTargetRect(target);
  const heading = useRef<HTMLHeadingElement>(null);

  useInSight(target, rect?.top, isMoving);
  // Once the page shows the stop, it is read from its heading on.
  useEffect(() => {
    if (!isMoving) heading.current?.focus({ preventScroll: true });
  }, [isMoving]);

  useEffect(() => {
    const onKeyDown = (event: globalThis.KeyboardEvent) => {
      if (event.key !== 'Escape' || document.querySelector('dialog[open], :popover-open')) return;
      event.preventDefault();
      event.stopPropagation();
      void endTour();
    };
    // Before the page’s own Escape, which would clear the selection.
    addEventListener('keydown', onKeyDown, { capture: true });
    return () => removeEventListener('keydown', onKeyDown, { capture: true });
  }, []);

  const onKeyDown = (event: KeyboardEvent) => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    event.stopPropagation();
    if (by < 0 || number < STOPS.length - 1) void goTo(number + by);
  };

  return (
    <>
      {rect && (
        <div
          className="tour-ring"
          style={{ left: rect.left, top: rect.top, width: rect.width, height: rect.height }}
        />
      )}
      <section
        className="tour-card"
        aria-labelledby="tour-title"
        aria-busy={isMoving}
        style={rect && placeBeside(rect)}
        onKeyDown={onKeyDown}
      >
        <header>
          <span className="muted small">
            {number + 1} of {STOPS.length}
          </span>
          <button type="button" className="quiet" aria-label="End the tour" onClick={() => void endTour()}>
            ✕
          </button>
        </header>
        <h2 id="tour-title" ref={heading} tabIndex={-1}>
          {stop.title}
        </h2>
        <p>{text}</p>
        {isOnOwnFile && number === 0 && (
          <p className="muted small">The tour runs on what is open, and leaves it open.</p>
        )}
        <footer>
          <button type="button" disabled={number === 0} onClick={() => void goTo(number - 1)}>
            Back
          </button>
          <button type="button" className="primary" onClick={() => void goTo(number + 1)}>
            {number === STOPS.length - 1 ? 'Done' : 'Next'}
          </button>
        </footer>
      </section>
    </>
  );
}

/** To the left of the target, where there is room, as high as its nearer end; else where the style sheet puts it. */
function placeBeside(rect: DOMRect): CSSProperties | undefined {
  const left = rect.left - CARD_PX - GAP_PX;
  if (isNarrow() || left < GAP_PX) return undefined;
  return rect.top > innerHeight / 3
    ? { left, bottom: Math.max(CONTROLS_PX, innerHeight - rect.bottom) }
    : { left, top: Math.max(CONTROLS_PX, rect.top), bottom: 'auto' };
}
