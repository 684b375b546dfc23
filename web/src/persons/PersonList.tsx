import { useEffect, useRef } from 'react';
import { senderOf } from '../api/persons';
import type { PersonItem, Project } from '../api/types';
import { formatAgo, formatFull, noValue } from '../lib/format';
import { useNow } from '../lib/now';
import { Icon } from '../ui/icons';
import { Skeleton } from '../ui/states';
import { personName } from './person';
import styles from './persons.module.css';

interface PersonListProps {
  project: Project;
  persons: readonly PersonItem[];
  /** Whose row has the focus: the person that the reader comes back from. */
  focused?: number | null;
  stale?: boolean;
  /** Whether the list is of all persons, the newest first, with a heading and since when each is known. */
  dated?: boolean;
  onOpen: (person: PersonItem) => void;
}

export function PersonList({ project, persons, focused = null, stale = false, dated = false, onOpen }: PersonListProps) {
  const now = useNow(30_000);
  const row = useRef<HTMLButtonElement>(null);
  useEffect(() => row.current?.focus(), []);
  return (
    <>
      {dated && <Heads />}
      <ul className={styles['rows']} data-stale={stale} data-dated={dated} data-testid="persons">
        {persons.map((person) => {
          const { name, detail, anonymous } = personName(person);
          const text = (
            <>
              <Avatar name={anonymous ? null : name} />
              <span className={styles['who']}>
                <b data-anonymous={anonymous}>{name}</b>
                {detail !== '' && <small>{detail}</small>}
              </span>
              {dated && <Seen what="First seen" project={project} instant={person.createdAt} now={now} />}
              <Seen what="Last seen" project={project} instant={person.lastSeen} now={now} />
            </>
          );
          return (
            <li key={person.key}>
              {senderOf(person) === null ? (
                <div className={styles['row']} title="Sent without a profile, and the distinct ID is not known any more">{text}</div>
              ) : (
                <button ref={person.key === focused ? row : undefined} type="button" className={styles['row']} onClick={() => onOpen(person)}>{text}</button>
              )}
            </li>
          );
        })}
      </ul>
    </>
  );
}

function Avatar({ name }: { name: string | null }) {
  if (name === null) return <i className={styles['avatar']} data-anonymous aria-hidden="true"><Icon name="user" size={14} /></i>;
  return <i className={styles['avatar']} data-initial={String.fromCodePoint(name.codePointAt(0) ?? 183).toUpperCase()} aria-hidden="true" />;
}

function Seen({ what, project, instant, now }: { what: 'First seen' | 'Last seen'; project: Project; instant: string | null; now: number }) {
  if (instant === null) return <span className={styles['seen']}>{what === 'Last seen' ? 'no events' : noValue}</span>;
  return (
    <time className={styles['seen']} dateTime={instant} title={`${what} ${formatFull(instant, undefined, project.timeZone)}`}>
      {formatAgo(instant, Math.max(now, Date.parse(instant)))}
    </time>
  );
}

function Heads() {
  return <p className={styles['heads']} aria-hidden="true"><span>Newest first</span><span>First seen</span><span>Last seen</span></p>;
}

export function PersonListSkeleton({ dated = false }: { dated?: boolean }) {
  return (
    <>
      {dated && <Heads />}
      <ul className={styles['rows']} aria-busy="true" aria-label="Reading persons">
        {Array.from({ length: 8 }, (_, index) => (
          <li key={index} className={styles['row']}>
            <i className={styles['avatar']} aria-hidden="true" />
            <span className={styles['who']}><Skeleton width={index % 3 === 1 ? 190 : 140} /></span>
            <Skeleton width={70} />
          </li>
        ))}
      </ul>
    </>
  );
}
