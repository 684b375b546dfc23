import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { problemsQuery } from '../api/data';
import { ledgerQuery } from '../api/settings';
import type { ProblemExample, ProblemReport, ProblemsOfKind, ProblemsOfReason, Project } from '../api/types';
import { eventLabel, formatAgo, formatMoment, formatNumber, plural } from '../lib/format';
import { useNow } from '../lib/now';
import { Link } from '../lib/router';
import { projectAddress } from '../lib/routes';
import { Segments } from '../ui/controls';
import { EmptyState, ErrorState, Skeleton } from '../ui/states';
import ui from '../ui/ui.module.css';
import styles from './data.module.css';
import { kinds, reasonText } from './problems';
import { lookAtProblems } from './seen';
import { problemDays, type DataState } from './state';

interface ProblemsProps {
  project: Project;
  state: DataState;
  update: (changed: Partial<DataState>) => void;
}

/** Where events went that are not to be found, or not as they were sent. */
export function Problems({ project, state, update }: ProblemsProps) {
  const { data: report, isPending, error, refetch } = useQuery(problemsQuery(project.id, state.days));
  const last = report?.kinds.map((one) => one.lastSeen).sort().at(-1);

  useEffect(() => {
    if (last !== undefined) lookAtProblems(project.id, last);
  }, [project.id, last]);

  return (
    <>
      <div className={styles['problemTools']}>
        <Segments label="Of how many days" value={String(state.days)} onChange={(days) => update({ days: problemDays.find((one) => String(one) === days) ?? 7 })}
          options={problemDays.map((days) => ({ value: String(days), label: days === 1 ? '24 hours' : `${String(days)} days` }))} />
      </div>
      {isPending ? <Skeleton height={220} />
        : !report ? <ErrorState title="The problems could not be read" error={error} retry={() => void refetch()} />
        : report.kinds.length === 0 ? <Calm project={project} days={state.days} />
        : report.kinds.map((kind) => <Kind key={kind.kind} project={project} report={report} kind={kind} />)}
      {report && report.unassigned.length > 0 && <Unassigned project={project} reasons={report.unassigned} />}
    </>
  );
}

function Calm({ project, days }: { project: Project; days: number }) {
  const { data: ledger } = useQuery(ledgerQuery(project.id));
  return (
    <section className={ui['card']} aria-label="No problems">
      <EmptyState icon="check" title={`Nothing was refused in the last ${days === 1 ? '24 hours' : `${String(days)} days`}`}>
        Nothing was changed, put to another time or sent twice either.
        {ledger && ` Of ${formatNumber(ledger.received)} events ever received ${formatNumber(ledger.stored)} are stored, ${formatNumber(ledger.duplicates)} were duplicates, ${formatNumber(ledger.rejected)} rejected, and ${formatNumber(ledger.waiting)} wait.`}
      </EmptyState>
    </section>
  );
}

function Kind({ project, report, kind }: { project: Project; report: ProblemReport; kind: ProblemsOfKind }) {
  const text = kinds[kind.kind];
  const id = `problems-${kind.kind}`;
  return (
    <section className={ui['card']} aria-labelledby={id} data-testid="problem-kind" data-kind={kind.kind}>
      <header className={styles['kindHead']}>
        <div>
          <h2 id={id}>{text.title} <b>{formatNumber(kind.count)}</b></h2>
          <p>{text.means}</p>
        </div>
        <Hours report={report} kind={kind} />
      </header>
      <ul className={styles['reasons']}>
        {kind.reasons.map((reason) => <li key={reason.reason}><Reason project={project} reason={reason} /></li>)}
      </ul>
    </section>
  );
}

/** How many there were in each hour; of many hours some share a bar. */
function Hours({ report, kind }: { report: ProblemReport; kind: ProblemsOfKind }) {
  const each = Math.max(1, Math.round(report.hours / 84));
  const bars = Array.from({ length: Math.ceil(report.hours / each) }, (_, index) => kind.byHour.slice(index * each, (index + 1) * each).reduce((sum, one) => sum + one, 0));
  const most = Math.max(...bars, 1);
  const from = Date.parse(report.from);
  return (
    <div className={styles['hours']} role="img" aria-label={`${formatNumber(kind.count)} in the last ${plural(report.hours, 'hour')}, at most ${formatNumber(Math.max(...kind.byHour))} in one hour`}>
      {bars.map((value, index) => (
        <i key={index} data-none={value === 0} style={{ height: `${String(value === 0 ? 4 : Math.max((100 * value) / most, 8))}%` }}
          title={`${formatMoment(new Date(from + index * each * 3_600_000).toISOString())}: ${formatNumber(value)}`} />
      ))}
    </div>
  );
}

function Reason({ project, reason }: { project: Project; reason: ProblemsOfReason }) {
  const text = reasonText(reason.reason);
  const now = useNow(30_000);
  const head = (
    <>
      <strong>{text.title}</strong>
      <b>{formatNumber(reason.count)}</b>
      <time dateTime={reason.lastSeen}>{formatAgo(reason.lastSeen, Math.max(now, Date.parse(reason.lastSeen)))}</time>
      <p>{text.out}</p>
    </>
  );
  if (reason.examples.length === 0) return <div className={styles['reason']} data-testid="problem-reason" data-reason={reason.reason}>{head}</div>;
  return (
    <details className={styles['reason']} data-testid="problem-reason" data-reason={reason.reason}>
      <summary>{head}</summary>
      <ul className={styles['problemExamples']} aria-label={`Examples of: ${text.title}`}>
        {reason.examples.map((example, index) => <li key={`${example.at}${String(index)}`}><Example project={project} example={example} /></li>)}
      </ul>
    </details>
  );
}

function Example({ project, example }: { project: Project; example: ProblemExample }) {
  return (
    <article className={styles['example']} data-testid="problem-example">
      <dl className={styles['facts']}>
        <dt>When</dt><dd>{formatMoment(example.at, undefined, project.timeZone)}</dd>
        {example.event !== null && <><dt>Event</dt><dd>{eventLabel(example.event)}</dd></>}
        {example.distinctId !== null && <><dt>Distinct ID</dt><dd><code>{example.distinctId}</code></dd></>}
        {example.library !== null && <><dt>Sent by</dt><dd>{example.library}</dd></>}
        {example.field !== null && <><dt>Field</dt><dd><code>{example.field}</code></dd></>}
        <dt>Wrong</dt><dd>{example.wrong}</dd>
        <dt>Done</dt><dd>{example.done}</dd>
      </dl>
      {example.json !== null && <pre>{example.json}</pre>}
    </article>
  );
}

function Unassigned({ project, reasons }: { project: Project; reasons: readonly ProblemsOfReason[] }) {
  const now = useNow(30_000);
  return (
    <section className={ui['card']} aria-labelledby="unassigned" data-testid="unassigned">
      <header className={styles['kindHead']}>
        <div>
          <h2 id="unassigned">Of no known project</h2>
          <p>Requests to this server that name no project of it, so they may be anybody’s. Where events of yours are missing, compare the <Link href={projectAddress(project.id, 'settings')}>write keys</Link>.</p>
        </div>
      </header>
      <ul className={styles['reasons']}>
        {reasons.map((one) => {
          const text = reasonText(one.reason);
          return (
            <li key={one.reason} className={styles['reason']}>
              <strong>{text.title}</strong><b>{formatNumber(one.count)}</b><time dateTime={one.lastSeen}>{formatAgo(one.lastSeen, Math.max(now, Date.parse(one.lastSeen)))}</time><p>{text.out}</p>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
