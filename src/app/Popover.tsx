/** A button with a native popover under it, or above it where there is more room. */
import { type ReactNode, useId, useLayoutEffect, useRef, useState } from 'react';

interface PopoverProps {
  readonly label: ReactNode;
  readonly className?: string;
  readonly title?: string;
  readonly isRight?: boolean;
  readonly children: (close: () => void) => ReactNode;
}

export function Popover({ label, className, title, isRight, children }: PopoverProps) {
  const id = useId();
  const [isOpen, setOpen] = useState(false);
  const buttonRef = useRef<HTMLButtonElement>(null);
  const popoverRef = useRef<HTMLDivElement>(null);
  /** Native popovers are placed in the window's corner: put this one at its button. */
  const place = () => {
    const [button, popover] = [buttonRef.current, popoverRef.current];
    if (!button || !popover) return;
    const { left, right, top, bottom } = button.getBoundingClientRect();
    const isAbove = bottom + 6 + popover.offsetHeight > innerHeight && top > innerHeight - bottom;
    popover.style.top = isAbove ? 'auto' : `${bottom + 6}px`;
    popover.style.bottom = isAbove ? `${innerHeight - top + 6}px` : 'auto';
    if (isRight) popover.style.right = `${Math.max(8, innerWidth - right)}px`;
    else popover.style.left = `${Math.max(8, Math.min(left, innerWidth - popover.offsetWidth - 8))}px`;
  };
  // What it holds is made when it opens, and has a size only then.
  useLayoutEffect(() => {
    if (isOpen) place();
  });
  return (
    <>
      <button ref={buttonRef} type="button" className={className} title={title} popoverTarget={id}>
        {label} <span aria-hidden="true">▾</span>
      </button>
      <div
        ref={popoverRef}
        id={id}
        popover="auto"
        className={isRight ? 'popover right' : 'popover'}
        onToggle={({ newState }) => setOpen(newState === 'open')}
      >
        {isOpen && children(() => popoverRef.current?.hidePopover())}
      </div>
    </>
  );
}
