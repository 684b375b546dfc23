import { useCallback, useEffect, useId, useLayoutEffect, useRef, useState, type CSSProperties, type ReactNode } from 'react';
import { placeBelow } from './place';
import styles from './ui.module.css';

interface PopoverProps {
  /** What opens it; spread the given props on a button. */
  trigger: (props: {
    ref: React.Ref<HTMLButtonElement>;
    onClick: () => void;
    'aria-expanded': boolean;
    'aria-haspopup': 'dialog' | 'listbox' | 'menu';
  }) => ReactNode;
  kind?: 'dialog' | 'listbox' | 'menu';
  label: string;
  width?: number;
  /** Taller content scrolls. */
  height?: number;
  children: (close: () => void) => ReactNode;
}

/** A native popover (top layer, light dismiss, Escape) that stands at its trigger and stays within the window. */
export function Popover({ trigger, kind = 'dialog', label, width = 280, height = 420, children }: PopoverProps) {
  const button = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  const [place, setPlace] = useState<CSSProperties>({});
  const closedAt = useRef(0);
  const id = useId();

  // A press on the trigger dismisses the open popover before its click arrives, which must not open it again.
  const toggle = () => {
    // eslint-disable-next-line react-hooks/purity -- it is an event handler
    if (performance.now() - closedAt.current > 200) setOpen((was) => !was);
  };

  const close = useCallback(() => {
    panel.current?.hidePopover();
    button.current?.focus();
  }, []);

  useLayoutEffect(() => {
    if (!open || !button.current || !panel.current) return;
    const move = () => {
      if (!button.current) return;
      setPlace(placeBelow(button.current.getBoundingClientRect(), width, height));
    };
    move();
    panel.current.showPopover();
    window.addEventListener('resize', move);
    window.addEventListener('scroll', move, true);
    return () => {
      window.removeEventListener('resize', move);
      window.removeEventListener('scroll', move, true);
    };
  }, [open, width, height]);

  useEffect(() => {
    const element = panel.current;
    if (!element) return;
    const toggled = (event: Event) => {
      if ((event as ToggleEvent).newState !== 'closed') return;
      closedAt.current = performance.now();
      setOpen(false);
    };
    element.addEventListener('toggle', toggled);
    return () => element.removeEventListener('toggle', toggled);
  }, [open]);

  // The render props receive handlers that read the refs; they do not call them while rendering.
  /* eslint-disable react-hooks/refs */
  return (
    <>
      {trigger({ ref: button, onClick: toggle, 'aria-expanded': open, 'aria-haspopup': kind })}
      {open && (
        <div ref={panel} id={id} popover="auto" className={styles['popover']} style={place}
          role={kind === 'dialog' ? 'dialog' : undefined} aria-label={kind === 'dialog' ? label : undefined}>
          {children(close)}
        </div>
      )}
    </>
  );
  /* eslint-enable react-hooks/refs */
}
