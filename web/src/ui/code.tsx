import { IconButton } from './controls';
import { useCopy } from './toasts';
import styles from './ui.module.css';

export function Code({ text, what }: { text: string; what: string }) {
  const copy = useCopy();
  return (
    <div className={styles['code']}>
      {/* A scrolling region must be reachable by keyboard. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre tabIndex={0} role="region" aria-label={what}><code>{text}</code></pre>
      <IconButton small icon="copy" label={`Copy ${what}`} className={styles['codeCopy']} onClick={() => copy(text, what)} />
    </div>
  );
}
