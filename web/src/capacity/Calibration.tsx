import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import charts from '../charts/charts.module.css';
import { useWidth } from '../charts/useWidth';
import { formatMoment, formatNumber, plural } from '../lib/format';
import { Code } from '../ui/code';
import { Hidden } from '../ui/controls';
import styles from './Calibration.module.css';
import common from './common.module.css';
import { fittedAt, scalingText } from './scaling';
import { Section } from './Section';
import type { CalibrationReport } from './types';
import { formatRate } from './words';

/** What headroom calibrate measured, or how to have it measured. */
export function Calibration({ report }: { report: CalibrationReport | null }) {
  return (
    <Section title="Calibration" explains={['sigma', 'kappa', 'ceiling']} testId="calibration">
      {report === null ? (
        <div className={styles['uncalibrated']}>
          <p>The ceilings above follow from the load there was. To have them measured, run this on the server’s machine when it is quiet. It sends synthetic load into a project of its own, which it removes again, and takes less than two minutes.</p>
          <Code text="headroom calibrate" what="the command" />
        </div>
      ) : (
        <div className={styles['calibrated']}>
          <div>
            <p className={common['sentence']}>{scalingText(report)}</p>
            <dl className={common['evidence']}>
              <div><dt>Most events</dt><dd>{formatRate(report.eventsPerSecond)}/s</dd></div>
              <div><dt>Most queries</dt><dd>{formatRate(report.queriesPerSecond)}/s</dd></div>
              <div><dt>Contention (σ)</dt><dd>{formatNumber(report.sigma)}</dd></div>
              <div><dt>Coordination (κ)</dt><dd>{formatNumber(report.kappa)}</dd></div>
            </dl>
            <p className={common['note']}>Measured {formatMoment(report.at)} on {plural(report.processors, 'processor')}; on another number of them it does not count. <code>headroom calibrate</code> measures anew.</p>
          </div>
          <CurveChart report={report} />
        </div>
      )}
    </Section>
  );
}

const height = 220;
const top = 12;
const bottom = 40;
const right = 14;

function CurveChart({ report }: { report: CalibrationReport }) {
  const [frame, width] = useWidth<HTMLDivElement>();
  return (
    <figure className={styles['curve']} data-testid="curve">
      <div ref={frame} style={{ minHeight: height }}>{width > 0 && report.points.length > 0 && <CurvePlot report={report} width={width} />}</div>
      <figcaption>
        <Hidden>Events a second at each concurrency, measured and by the law: {report.points.map((one) => `${formatNumber(one.concurrency)}: ${formatRate(one.eventsPerSecond)}, by the law ${formatRate(one.fitted)}`).join('; ')}.</Hidden>
      </figcaption>
      <ul className={common['legend']} aria-hidden="true">
        <li><i data-kind="measured" />Measured</li>
        <li><i data-kind="law" />Universal Scalability Law</li>
      </ul>
    </figure>
  );
}

export function CurvePlot({ report, width }: { report: CalibrationReport; width: number }) {
  const most = Math.max(...report.points.map((one) => one.concurrency), 2);
  const y = scaleLinear([0, Math.max(...report.points.flatMap((one) => [one.eventsPerSecond, one.fitted]), 1) * 1.08], [height - bottom, top]);
  const ticks = y.ticks(4);
  const left = Math.max(...ticks.map((one) => formatRate(one).length), 2) * 7 + 12;
  const x = scaleLinear([0, most], [left, width - right]);
  const steps = Array.from({ length: 81 }, (_, index) => (most * index) / 80);
  const curve = line<number>().x((one) => x(one)).y((one) => y(fittedAt(report, one) ?? 0));
  return (
    <svg className={charts['still']} width={width} height={height} aria-hidden="true">
      {ticks.map((one) => (
        <g key={one}>
          <line className={one === 0 ? charts['zero'] : charts['grid']} x1={left} x2={width - right} y1={Math.round(y(one))} y2={Math.round(y(one))} />
          <text className={charts['axis']} x={left - 8} y={y(one)} dy="0.33em" textAnchor="end">{formatRate(one)}</text>
        </g>
      ))}
      {x.ticks(Math.min(6, most)).filter(Number.isInteger).map((one) => <text key={one} className={charts['axis']} x={x(one)} y={height - bottom + 16} textAnchor="middle">{one}</text>)}
      <text className={charts['axis']} x={(left + width - right) / 2} y={height - 6} textAnchor="middle">Requests at once</text>
      <path className={charts['line']} d={curve(steps) ?? ''} stroke="var(--series-1)" />
      {report.points.map((one) => <circle key={one.concurrency} className={charts['dot']} cx={x(one.concurrency)} cy={y(one.eventsPerSecond)} r={5} fill="var(--series-0)" />)}
    </svg>
  );
}
