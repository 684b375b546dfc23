import { useId, type ReactNode } from 'react';
import { Button } from '../ui/controls';
import { EmptyState, errorText, Skeleton } from '../ui/states';
import { classes } from '../ui/classes';
import ui from '../ui/ui.module.css';
import styles from './Card.module.css';
import { shownRows } from './state';

interface CardProps<Key extends string> {
  title: string;
  tabs?: readonly { key: Key; label: string }[];
  chosen?: Key;
  onChoose?: (key: Key) => void;
  /** Beside the title, in place of tabs. */
  picker?: ReactNode;
  foot?: ReactNode;
  wide?: boolean;
  testId: string;
  children: ReactNode;
}

/** One of the page's boxes: a title, perhaps lists to choose from, and what is chosen. */
export function Card<Key extends string>({ title, tabs = [], chosen, onChoose, picker, foot, wide = false, testId, children }: CardProps<Key>) {
  const id = useId();
  return (
    <section className={classes(ui['card'], styles['card'], wide && styles['wide'])} aria-labelledby={id} data-testid={testId}>
      <header>
        <h2 id={id}>{title}</h2>
        {tabs.length > 1 && (
          <div className={styles['tabs']} role="group" aria-label={`List of ${title.toLowerCase()}`}>
            {tabs.map((tab) => (
              <button key={tab.key} type="button" aria-pressed={tab.key === chosen} onClick={() => onChoose?.(tab.key)}>{tab.label}</button>
            ))}
          </div>
        )}
        {picker}
      </header>
      <div className={styles['cardBody']}>{children}</div>
      {foot && <footer>{foot}</footer>}
    </section>
  );
}

/** The boxes below each other, two to a row where there is room. */
export function Cards({ children }: { children: ReactNode }) {
  return <div className={styles['cards']}>{children}</div>;
}

/** Rows that are asked for. */
export function Loading({ children }: { children: ReactNode }) {
  return <div className={styles['loading']} aria-busy="true">{children}</div>;
}

interface PartProps {
  /** What is there, or null while it is asked for. */
  ready: boolean;
  error: unknown;
  stale: boolean;
  empty: string | null;
  retry: () => void;
  children: ReactNode;
}

/** The states of a card's content, all of which take the same room. */
export function Part({ ready, error, stale, empty, retry, children }: PartProps) {
  if (error && !ready) {
    return (
      <div className={styles['failed']} role="alert" data-testid="card-error">
        <p>{errorText(error)}</p>
        <Button small icon="refresh" onClick={retry}>Try again</Button>
      </div>
    );
  }

  if (!ready) {
    return (
      <Loading>{Array.from({ length: shownRows }, (_, index) => <Skeleton key={index} height={20} width={`${String(92 - index * 8)}%`} />)}</Loading>
    );
  }

  if (empty !== null) return <EmptyState icon="search" title="Nothing yet">{empty}</EmptyState>;
  return <div className={styles['part']} data-stale={stale}>{children}</div>;
}
