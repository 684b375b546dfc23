import { useOnline } from '../api/live';
import type { Project } from '../api/types';
import { SparkBars } from '../charts/SparkBars';
import { formatNumber } from '../lib/format';
import { Link } from '../lib/router';
import { projectAddress } from '../lib/routes';
import { Skeleton } from '../ui/states';
import styles from './LiveStrip.module.css';

/** Who is here now, and the last half hour by the minute. */
export function LiveStrip({ project, who }: { project: Project; who: string }) {
  const { online, status } = useOnline(project.id);
  return (
    <section className={styles['live']} aria-label="Now" data-status={status} data-testid="home-live">
      <p className={styles['online']}>
        <i aria-hidden="true" />
        {online ? <strong data-testid="home-online">{formatNumber(online.online)}</strong> : <Skeleton width={36} height={22} />}
        <span>{who} now</span>
      </p>
      <div className={styles['minutes']}>
        {online ? <SparkBars values={online.minutes} height={36} /> : <Skeleton height={36} />}
        <p aria-hidden="true"><span>events by the minute, 30 min ago</span><span>now</span></p>
      </div>
      <p className={styles['liveMore']}>
        {status === 'reconnecting' ? <span role="status">Reconnecting…</span> : <Link href={projectAddress(project.id, 'live')}>See them live</Link>}
      </p>
    </section>
  );
}
