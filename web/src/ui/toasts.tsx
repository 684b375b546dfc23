import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { Icon } from './icons';
import styles from './ui.module.css';

interface Toast {
  id: number;
  text: string;
  failed: boolean;
  action: ToastAction | undefined;
}

/** What can still be done about what is told: taking it back. */
interface ToastAction {
  label: string;
  run: () => void;
}

type Show = (text: string, options?: { failed?: boolean; action?: ToastAction }) => void;

const ToastContext = createContext<Show>(() => undefined);

const shownFor = 3_500;
const shownForAction = 10_000;
const most = 3;

export function ToastProvider({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<Toast[]>([]);
  const last = useRef(0);
  const layer = useRef<HTMLDivElement>(null);

  const show = useCallback<Show>((text, options = {}) => {
    const id = ++last.current;
    setToasts((now) => [...now.slice(1 - most), { id, text, failed: options.failed ?? false, action: options.action }]);
    window.setTimeout(() => setToasts((now) => now.filter((one) => one.id !== id)), options.action ? shownForAction : shownFor);
  }, []);

  // As a popover it lies over modal dialogs, which are in the top layer too; the last one shown is on top.
  useEffect(() => {
    const element = layer.current;
    if (!element) return;
    if (element.matches(':popover-open')) element.hidePopover();
    if (toasts.length > 0) element.showPopover();
  }, [toasts]);

  const value = useMemo(() => show, [show]);
  return (
    <ToastContext value={value}>
      {children}
      <div ref={layer} popover="manual" className={styles['toasts']} role="status" aria-live="polite" data-testid="toasts">
        {toasts.map((toast) => (
          <div key={toast.id} className={styles['toast']}>
            <Icon name={toast.failed ? 'warning' : 'check'} />
            {toast.text}
            {toast.action && (
              <button type="button" onClick={() => {
                setToasts((now) => now.filter((one) => one.id !== toast.id));
                toast.action?.run();
              }}>{toast.action.label}</button>
            )}
          </div>
        ))}
      </div>
    </ToastContext>
  );
}

export function useToast(): Show {
  return useContext(ToastContext);
}

export function useCopy(): (text: string, what: string) => void {
  const show = useToast();
  return useCallback(
    (text, what) => {
      copyText(text).then(
        () => show(`${what} copied`),
        () => show('Copying is not allowed here. Select the text and copy it.', { failed: true }),
      );
    },
    [show],
  );
}

// The clipboard of a page that was not served over TLS (or from localhost) is shut; a selection still works there.
async function copyText(text: string): Promise<void> {
  if (window.isSecureContext) {
    await navigator.clipboard.writeText(text);
    return;
  }

  const area = document.createElement('textarea');
  area.value = text;
  area.readOnly = true;
  const host = document.querySelector('dialog[open]') ?? document.body;
  host.append(area);
  area.select();
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- there is nothing else without TLS
  const copied = document.execCommand('copy');
  area.remove();
  if (!copied) throw new Error('The browser refused to copy.');
}
