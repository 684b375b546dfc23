import { ChartFigure } from '../insights/shared/ChartFigure';
import { DataTable, type Column } from '../insights/shared/DataTable';
import { formatDate } from '../lib/format';
import { classes } from '../ui/classes';
import { Segments } from '../ui/controls';
import { EmptyState } from '../ui/states';
import common from './common.module.css';
import { Section } from './Section';
import { frameOf, summarise } from './trend';
import styles from './Trend.module.css';
import { TrendChart } from './TrendChart';
import type { CapacityReport, Flow, ForecastDay } from './types';
import { flowLabel, flows, formatAmount, wallText } from './words';

interface TrendProps {
  report: CapacityReport;
  flow: Flow;
  onFlow: (flow: Flow) => void;
}

/** When each flow meets its ceiling. */
export function Trend({ report, flow, onFlow }: TrendProps) {
  const wall = report.walls.find((one) => one.flow === flow);
  const unit = report.flows.find((one) => one.flow === flow)?.unit ?? '';
  const frame = wall ? frameOf(wall) : null;
  const columns: readonly Column<ForecastDay>[] = [
    { label: 'Day', text: (one) => formatDate(one.day), value: (one) => one.day },
    { label: 'What', left: true, text: (one) => (one.isForecast ? 'Forecast' : 'Measured'), value: (one) => (one.isForecast ? 'forecast' : 'measured') },
    { label: 'Load', strong: true, text: (one) => formatAmount(one.load, unit), value: (one) => one.load },
    { label: 'Low', text: (one) => formatAmount(one.low, unit), value: (one) => one.low },
    { label: 'High', text: (one) => formatAmount(one.high, unit), value: (one) => one.high },
  ];
  return (
    <Section title="When it meets its wall" explains={['forecast', 'wall', 'ceiling', 'load']} testId="trend"
      actions={<Segments label="Flow" value={flow} options={flows} onChange={onFlow} />}>
      {wall === undefined || frame === null ? (
        <EmptyState icon="trends" title="No forecast yet">{wall?.basis ?? `Nothing is known yet of the days of ${flowLabel(flow).toLowerCase()}.`}</EmptyState>
      ) : (
        <>
          <p className={common['sentence']} data-testid="wall-text">{wallText(wall)}</p>
          <ChartFigure height={300} summary={summarise(wall, unit)}>{(height) => <TrendChart wall={wall} unit={unit} height={height} />}</ChartFigure>
          <ul className={common['legend']} aria-hidden="true">
            <li><i data-kind="past" />{flow === 'storage' ? 'At the end of the day' : 'Busiest minute of the day'}</li>
            {wall.days.some((one) => one.isForecast) && <li><i data-kind="forecast" />Forecast with its range</li>}
            {frame.ceilingShown && <li><i data-kind="ceiling" />Ceiling</li>}
            {frame.wall && <li><i data-kind="wall" />Where it may meet the wall</li>}
          </ul>
          {!frame.ceilingShown && <p className={common['note']}>The ceiling, {formatAmount(wall.ceiling, unit)}, is far above this picture.</p>}
          <p className={common['note']}>{wall.basis}</p>
          <details className={classes(common['more'], styles['asTable'])}>
            <summary>View as table</summary>
            <DataTable columns={columns} rows={wall.days} rowKey={(one) => one.day} fileName={`capacity-${flow}.csv`} testId="trend-table" />
          </details>
        </>
      )}
    </Section>
  );
}
