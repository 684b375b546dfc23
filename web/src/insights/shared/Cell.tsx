import type { ReactNode } from 'react';
import styles from '../insight.module.css';

/** A figure, which leads to the persons behind it where there are any. */
export function Cell({ of, onPress, children }: { of: string; onPress: (() => void) | undefined; children: ReactNode }) {
  if (!onPress) return children;
  return (
    <button type="button" data-cell tabIndex={-1} className={styles['cell']} title={`${of}: show the persons`} onClick={onPress}>{children}</button>
  );
}
