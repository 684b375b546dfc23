import { useEffect, useId, useLayoutEffect, useRef, type ReactNode } from 'react';
import { classes } from './classes';
import { Button, IconButton } from './controls';
import styles from './ui.module.css';

interface DialogProps {
  title: ReactNode;
  onClose: () => void;
  side?: boolean;
  /** For tables. */
  wide?: boolean;
  /** Before the title: the way back. */
  start?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  testId?: string;
}

/** A native modal dialog, open as long as it is rendered. */
export function Dialog({ title, onClose, side = false, wide = false, start, actions, children, testId }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();

  // Closing must come before the element goes, or the focus does not return to where it was.
  useLayoutEffect(() => {
    const dialog = ref.current;
    if (!dialog) return;
    dialog.showModal();
    // What has the focus from the start asked for it when the dialog did not show yet.
    dialog.querySelector<HTMLElement>('[data-focus]')?.focus();
    return () => dialog.close();
  }, []);

  useEffect(() => {
    const dialog = ref.current;
    if (!dialog) return;
    const cancel = (event: Event) => {
      event.preventDefault();
      onClose();
    };
    // A press on the backdrop has the dialog itself as its target.
    const press = (event: PointerEvent) => {
      if (event.target === dialog) onClose();
    };
    dialog.addEventListener('cancel', cancel);
    dialog.addEventListener('pointerdown', press);
    return () => {
      dialog.removeEventListener('cancel', cancel);
      dialog.removeEventListener('pointerdown', press);
    };
  }, [onClose]);

  return (
    <dialog ref={ref} className={classes(styles['dialog'], side && styles['side'], wide && styles['wide'])} aria-labelledby={id} data-testid={testId}>
      <div className={styles['dialogHead']}>
        {start}
        <h2 id={id}>{title}</h2>
        {actions}
        <IconButton label="Close" icon="close" onClick={onClose} />
      </div>
      <div className={styles['dialogBody']}>{children}</div>
    </dialog>
  );
}

interface ConfirmProps {
  title: string;
  action: string;
  pending?: boolean;
  onConfirm: () => void;
  onClose: () => void;
  children: ReactNode;
}

export function Confirm({ title, action, pending = false, onConfirm, onClose, children }: ConfirmProps) {
  return (
    <Dialog title={title} onClose={onClose} testId="confirm">
      {children}
      <div className={styles['dialogFoot']}>
        <Button onClick={onClose}>Cancel</Button>
        <Button variant="danger" disabled={pending} onClick={onConfirm}>{action}</Button>
      </div>
    </Dialog>
  );
}

export function DialogFoot({ children }: { children: ReactNode }) {
  return <div className={styles['dialogFoot']}>{children}</div>;
}
