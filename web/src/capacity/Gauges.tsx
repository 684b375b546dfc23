import type { ReactNode } from 'react';
import { Hidden } from '../ui/controls';
import { Icon, type IconName } from '../ui/icons';
import { classes } from '../ui/classes';
import ui from '../ui/ui.module.css';
import styles from './Gauges.module.css';
import { Section } from './Section';
import type { CapacityReport, FlowHeadroom } from './types';
import { basisText, daysText, flows, formatDemand, gaugeFigure, gaugeLevel, gaugeWords, resourceName, severities, severityLevel, type Level } from './words';

const icons: Readonly<Record<Level, IconName>> = { good: 'check', soon: 'warning', now: 'warning', unknown: 'help' };

/** The answer in one sentence. */
export function Summary({ report, aside }: { report: CapacityReport; aside: ReactNode }) {
  const level = severityLevel(report.severity);
  return (
    <div className={styles['summary']} data-level={level} data-testid="capacity-summary">
      <span className={styles['summaryIcon']} aria-hidden="true"><Icon name={icons[level]} size={20} /></span>
      <div role={level === 'now' ? 'alert' : undefined}>
        <strong>{severities[level]}</strong>
        <p>{report.summary}</p>
        {report.problems.length > 0 && <ul aria-label="Not well now">{report.problems.map((one, index) => <li key={index}>{one}</li>)}</ul>}
      </div>
      <small>{aside}</small>
    </div>
  );
}

/** How much more each flow takes. */
export function Gauges({ report }: { report: CapacityReport }) {
  return (
    <Section bare title="Headroom" explains={['headroom', 'load', 'ceiling', 'range', 'binding', 'serviceDemand']} testId="gauges">
      <ul className={styles['gauges']}>
        {flows.flatMap(({ value, means }) => report.flows.filter((one) => one.flow === value).map((one) => <Gauge key={value} of={one} means={means} />))}
      </ul>
    </Section>
  );
}

export function Gauge({ of, means }: { of: FlowHeadroom; means: string }) {
  const level = gaugeLevel(of);
  const { figure, range, line } = gaugeFigure(of);
  const label = flows.find((one) => one.value === of.flow)?.label ?? of.flow;
  return (
    <li className={classes(ui['card'], styles['gauge'])} data-level={level} data-testid={`gauge-${of.flow}`}>
      <header>
        <h3>{label}</h3>
        <span className={styles['level']} data-level={level}><Icon name={icons[level]} size={14} />{gaugeWords[level]}</span>
      </header>
      {of.headroom === null ? (
        <p className={styles['unknown']}>{of.basis === 'not_enough_load' ? 'Not enough load yet to say' : 'Not known yet'}</p>
      ) : (
        <p className={styles['times']}>
          <strong>{figure}</strong>
          {range !== null && <small><Hidden>most likely </Hidden>{range}</small>}
        </p>
      )}
      <Bar of={of} />
      <p className={styles['gaugeLine']}>{line}</p>
      <dl>
        <div>
          <dt>Breaks first</dt>
          <dd>{of.binding === null ? 'Not known yet' : resourceName(of.binding)}</dd>
        </div>
        {of.p99 !== null && of.p99 !== undefined && (
          <div>
            <dt>99 of 100 within</dt>
            <dd>{formatDemand(of.p99)}</dd>
          </div>
        )}
        {of.daysLeft !== null && (
          <div>
            <dt>Time left</dt>
            <dd>{daysText(of.daysLeft)}</dd>
          </div>
        )}
      </dl>
      <p className={styles['basis']} title={means}>{basisText(of)}</p>
    </li>
  );
}

/** The load under its ceiling; the ceiling's range is the hatched end. */
function Bar({ of: { load, ceiling } }: { of: FlowHeadroom }) {
  if (ceiling === null) return <div className={styles['bar']} data-empty="true" aria-hidden="true" />;
  const most = Math.max(ceiling.high, load, Number.MIN_VALUE);
  const share = (value: number) => `${String(Math.min(100, Math.max(0, (100 * value) / most)))}%`;
  return (
    <div className={styles['bar']} aria-hidden="true">
      <i className={styles['uncertain']} style={{ left: share(ceiling.low), right: 0 }} />
      <i className={styles['filled']} style={{ width: share(load) }} />
      <i className={styles['ceilingMark']} style={{ left: share(ceiling.value) }} />
    </div>
  );
}
