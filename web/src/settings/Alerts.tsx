import { useQuery } from '@tanstack/react-query';
import { alertsQuery, useAcknowledge, useTestAlerts } from '../api/alerts';
import type { Alert, AlertChannel } from '../api/types';
import { lasted } from '../lib/alerts';
import { formatAgo, formatMoment } from '../lib/format';
import { useNow } from '../lib/now';
import { Button } from '../ui/controls';
import { ErrorState, errorText, Note, Skeleton } from '../ui/states';
import { useToast } from '../ui/toasts';
import styles from './alerts.module.css';

/** Who is told when something is wrong with the server, what is, and what was. */
export default function Alerts({ timeZone }: { timeZone: string }) {
  const { data, isPending, error, refetch } = useQuery(alertsQuery);
  const test = useTestAlerts();
  const now = useNow(10_000);
  if (isPending) return <Skeleton height={120} />;
  if (!data) return <ErrorState title="The alerts could not be read" error={error} retry={() => void refetch()} />;
  return (
    <div className={styles['alerts']} data-testid="alert-settings">
      <section aria-labelledby="channels-title">
        <h3 id="channels-title">Who is told</h3>
        {data.channels.length === 0 ? (
          <p className={styles['hint']}>
            Only this app, so far. Set <code>Headroom:Alerting:Email:To</code> with <code>From</code> and <code>Host</code>, or <code>Headroom:Alerting:Webhooks:0:Url</code>, and restart the server.
          </p>
        ) : (
          <>
            <ul className={styles['list']} data-testid="alert-channels">
              {data.channels.map((one) => <Channel key={one.name} channel={one} now={now} answer={test.data?.channels.find((other) => other.name === one.name)} />)}
            </ul>
            <div><Button onClick={() => test.mutate()} disabled={test.isPending} data-testid="test-alerts">{test.isPending ? 'Sending …' : 'Send a test message'}</Button></div>
          </>
        )}
        {test.error && <Note kind="danger">{errorText(test.error)}</Note>}
      </section>
      <section aria-labelledby="firing-title">
        <h3 id="firing-title">Now</h3>
        {data.firing.length === 0 ? <p className={styles['hint']}>Nothing is wrong.</p> : (
          <ul className={styles['list']} data-testid="alerts-firing">
            {data.firing.map((one) => <Firing key={one.id} alert={one} now={now} timeZone={timeZone} />)}
          </ul>
        )}
      </section>
      {data.resolved.length > 0 && (
        <section aria-labelledby="resolved-title">
          <h3 id="resolved-title">Well again</h3>
          <ul className={styles['list']} data-testid="alerts-resolved">
            {data.resolved.map((one) => (
              <li key={`${one.id} ${one.since}`} data-state="resolved">
                <i aria-hidden="true" />
                <div>
                  <strong>{one.title}</strong>
                  <span>{formatMoment(one.since, undefined, timeZone)}, for {lasted(one, now)}</span>
                </div>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

function Channel({ channel, now, answer }: { channel: AlertChannel; now: number; answer: { ok: boolean; said: string } | undefined }) {
  const state = channel.problem !== null ? 'critical' : channel.deliveredAt !== null ? 'resolved' : 'none';
  return (
    <li data-state={state}>
      <i aria-hidden="true" />
      <div>
        <strong>{channel.name === 'email' ? 'Email' : `Webhook ${channel.name.split(':')[1] ?? ''}`}</strong>
        <span>{channel.target}</span>
        <span data-testid={answer ? 'test-answer' : undefined}>
          {answer ? `The test message was ${answer.ok ? '' : 'not '}taken: ${answer.said}`
            : channel.problem !== null ? `The last message did not arrive: ${channel.problem}`
              : channel.deliveredAt !== null ? `The last message arrived ${formatAgo(channel.deliveredAt, now)}.` : 'Nothing was sent since the server started.'}
        </span>
      </div>
    </li>
  );
}

function Firing({ alert, now, timeZone }: { alert: Alert; now: number; timeZone: string }) {
  const acknowledge = useAcknowledge();
  const toast = useToast();
  return (
    <li data-state={alert.severity}>
      <i aria-hidden="true" />
      <div>
        <strong>{alert.title}</strong>
        <span>{alert.detail}</span>
        <span>
          {alert.severity === 'critical' ? 'Critical' : 'Warning'} since {formatMoment(alert.since, undefined, timeZone)}, for {lasted(alert, now)}
          {alert.acknowledgedUntil !== null && `; acknowledged until ${formatMoment(alert.acknowledgedUntil, undefined, timeZone)}`}
        </span>
      </div>
      {alert.acknowledgedUntil === null && (
        <Button small disabled={acknowledge.isPending} onClick={() => acknowledge.mutate(alert.id, { onError: (error) => toast(errorText(error), { failed: true }) })}>Acknowledge</Button>
      )}
    </li>
  );
}
