import type { ReactNode } from 'react';
import { ApiError } from '../api/client';
import { classes } from './classes';
import { Button } from './controls';
import { Icon, type IconName } from './icons';
import styles from './ui.module.css';

/** A place that data will fill, of the same size. */
export function Skeleton({ width, height = 14 }: { width?: number | string; height?: number | string }) {
  return <span className={styles['skeleton']} style={{ width: width ?? '100%', height }} aria-hidden="true" />;
}

interface StateProps {
  icon: IconName;
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
}

export function EmptyState({ icon, title, children, actions }: StateProps) {
  return (
    <div className={styles['state']} data-testid="empty">
      <div className={styles['stateIcon']}><Icon name={icon} size={18} /></div>
      <h2>{title}</h2>
      {children && <p>{children}</p>}
      {actions && <div className={styles['stateActions']}>{actions}</div>}
    </div>
  );
}

export function ErrorState({ error, title, retry }: { error: unknown; title: string; retry?: () => void }) {
  return (
    <div className={styles['state']} role="alert" data-testid="error">
      <div className={styles['stateIcon']}><Icon name="warning" size={18} /></div>
      <h2>{title}</h2>
      <p>{errorText(error)}</p>
      {retry && (
        <div className={styles['stateActions']}>
          <Button icon="refresh" onClick={retry}>Try again</Button>
        </div>
      )}
    </div>
  );
}

export function Note({ kind = 'warning', children }: { kind?: 'warning' | 'danger' | 'good'; children: ReactNode }) {
  return (
    <div className={classes(styles['note'], kind === 'danger' && styles['noteDanger'], kind === 'good' && styles['noteGood'])}
      role={kind === 'danger' ? 'alert' : undefined}>
      <Icon name={kind === 'good' ? 'check' : 'warning'} />
      <div>{children}</div>
    </div>
  );
}

export function errorText(error: unknown): string {
  if (error instanceof ApiError) return error.text;
  return 'Something in the app went wrong. Reloading the page may help.';
}
