/** A button with a native popover under it. */
import { type ReactNode, useId, useRef } from 'react';

interface PopoverProps {
  readonly label: ReactNode;
  readonly className?: string;
  readonly isRight?: boolean;
  readonly children: (close: () => void) => ReactNode;
}

export function Popover({ label, className, isRight, children }: PopoverProps) {
  const id = useId();
  const buttonRef = useRef<HTMLButtonElement>(null);
  const popoverRef = useRef<HTMLDivElement>(null);
  /** Native popovers are placed in the window's corner: put this one under its button. */
  const place = () => {
    const [button, popover] = [buttonRef.current, popoverRef.current];
    if (!button || !popover) return;
    const { left, right, bottom } = button.getBoundingClientRect();
    popover.style.top = `${bottom + 6}px`;
    if (isRight) popover.style.right = `${Math.max(8, innerWidth - right)}px`;
    else popover.style.left = `${Math.max(8, Math.min(left, innerWidth - popover.offsetWidth - 8))}px`;
  };
  return (
    <>
      <button ref={buttonRef} type="button" className={className} popoverTarget={id} onClick={place}>
        {label} <span aria-hidden="true">▾</span>
      </button>
      <div
        ref={popoverRef}
        id={id}
        popover="auto"
        className={isRight ? 'popover right' : 'popover'}
        onToggle={place}
      >
        {children(() => popoverRef.current?.hidePopover())}
      </div>
    </>
  );
}
