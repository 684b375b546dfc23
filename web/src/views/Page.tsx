import { useEffect, type ReactNode } from 'react';
import { Skeleton } from '../ui/states';
import styles from './Page.module.css';

interface PageProps {
  title: string;
  /** What the window is called; the title where it is left out. */
  documentTitle?: string;
  lead?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

export function Page({ title, documentTitle = title, lead, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${documentTitle} · Headroom`;
  }, [documentTitle]);

  return (
    <div className={styles['page']}>
      <header className={styles['head']}>
        <div className={styles['titles']}>
          <h1>{title}</h1>
          {lead && <p>{lead}</p>}
        </div>
        {actions && <div className={styles['actions']}>{actions}</div>}
      </header>
      {children}
    </div>
  );
}

export function PageSkeleton() {
  return (
    <div className={styles['page']} aria-busy="true">
      <header className={styles['head']}>
        <div className={styles['titles']}><Skeleton width={140} height={26} /></div>
      </header>
      <Skeleton height={360} />
    </div>
  );
}
