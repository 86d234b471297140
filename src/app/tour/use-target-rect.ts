/** Where an element of the page is, followed while the page changes, scrolls and is resized. */
import { useEffect, useRef, useState } from 'react';

/** The page is one column, which scrolls. */
export const isNarrow = () => matchMedia('(max-width: 760px)').matches;

export function useTargetRect(selector: string): DOMRect | undefined {
  const [rect, setRect] = useState<DOMRect>();
  useEffect(() => {
    let frame = 0;
    const measure = () => {
      const next = document.querySelector(selector)?.getBoundingClientRect();
      setRect((last) => (JSON.stringify(last) === JSON.stringify(next) ? last : next));
    };
    const later = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(measure);
    };
    const changes = new MutationObserver(later);
    changes.observe(document.body, { childList: true, subtree: true, characterData: true });
    const sizes = new ResizeObserver(later);
    sizes.observe(document.body);
    addEventListener('scroll', later, { capture: true, passive: true });
    addEventListener('resize', later);
    measure();
    return () => {
      cancelAnimationFrame(frame);
      changes.disconnect();
      sizes.disconnect();
      removeEventListener('scroll', later, { capture: true });
      removeEventListener('resize', later);
    };
  }, [selector]);
  return rect;
}

/**
 * Scrolls the element into sight, and again whenever what stands above it changes its height (`top`: where the element is);
 * but never against a person who has scrolled.
 */
export function useInSight(selector: string, top: number | undefined, isMoving: boolean): void {
  const hasScrolled = useRef(false);
  useEffect(() => {
    const onScroll = () => {
      hasScrolled.current = true;
    };
    const events = ['wheel', 'touchmove'] as const;
    for (const event of events) addEventListener(event, onScroll, { passive: true });
    return () => {
      for (const event of events) removeEventListener(event, onScroll);
    };
  }, []);
  useEffect(() => {
    if (top === undefined || isMoving || hasScrolled.current) return;
    document.querySelector(selector)?.scrollIntoView({ block: isNarrow() ? 'start' : 'nearest' });
  }, [selector, top, isMoving]);
}
