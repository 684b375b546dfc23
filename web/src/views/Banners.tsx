import { useQuery } from '@tanstack/react-query';
import { alertsQuery, useAcknowledge } from '../api/alerts';
import { ApiError } from '../api/client';
import { healthQuery } from '../api/queries';
import type { Alert } from '../api/types';
import { lasted, shown, untold } from '../lib/alerts';
import { plural } from '../lib/format';
import { parts } from '../lib/health';
import { useNow } from '../lib/now';
import { Link } from '../lib/router';
import { projectAddress } from '../lib/routes';
import { Button, Hidden } from '../ui/controls';
import { Icon } from '../ui/icons';
import { errorText, Note } from '../ui/states';
import { useToast } from '../ui/toasts';
import styles from './Banners.module.css';

// More than these would leave no room for the view on a phone.
const most = 3;

/** Above every view while something is wrong: alerts for who runs the server, parts that are not well for everybody else. */
export default function Banners({ operator, project }: { operator: boolean; project: string }) {
  const health = useQuery(healthQuery);
  const alerts = useQuery({ ...alertsQuery, enabled: operator });
  const gone = health.error instanceof ApiError && health.error.status === 0;
  const firing = (operator && !alerts.isError && alerts.data?.firing) || [];
  const unwell = health.error === null && health.data ? untold(parts(health.data), firing) : [];
  return (
    <div data-testid="health">
      {gone && <div className={styles['banner']}><Note kind="danger">The server cannot be reached. What you see may be old; this page keeps trying.</Note></div>}
      {!gone && <Alerts alerts={shown(firing)} project={project} />}
      {unwell.length > 0 && (
        <div className={styles['banner']}>
          <Note kind="danger">
            {unwell.map((part) => (
              <p key={part.id}><strong>{part.name} is not well:</strong> {part.means}.{part.detail !== null && ` ${part.detail}`}</p>
            ))}
          </Note>
        </div>
      )}
    </div>
  );
}

function Alerts({ alerts, project }: { alerts: readonly Alert[]; project: string }) {
  const now = useNow(10_000);
  const acknowledge = useAcknowledge();
  const toast = useToast();
  if (alerts.length === 0) return null;
  return (
    <section className={styles['banner']} aria-label="What is wrong now" data-testid="alerts">
      <ul className={styles['alerts']}>
        {alerts.slice(0, most).map((one) => (
          <li key={one.id} data-severity={one.severity}>
            <Icon name="warning" />
            <div>
              <p className={styles['title']}>
                {/* Said when it comes, and not again with each minute that it lasts. */}
                <strong role={one.severity === 'critical' ? 'alert' : 'status'}><Hidden>{one.severity === 'critical' ? 'Critical: ' : 'Warning: '}</Hidden>{one.title}</strong>
                <span>for {lasted(one, now)}</span>
              </p>
              <details>
                <summary>What to do</summary>
                <p>{one.detail}</p>
              </details>
            </div>
            <Button small disabled={acknowledge.isPending} title="Hides it here and sends no reminder for 24 hours"
              onClick={() => acknowledge.mutate(one.id, { onError: (error) => toast(errorText(error), { failed: true }) })}>
              Acknowledge<Hidden> {one.title}</Hidden>
            </Button>
          </li>
        ))}
      </ul>
      {alerts.length > most && <p className={styles['more']}><Link href={`${projectAddress(project, 'settings')}#alerts`}>{plural(alerts.length - most, 'more alert')}</Link></p>}
    </section>
  );
}
