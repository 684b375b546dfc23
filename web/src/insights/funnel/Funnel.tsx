import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { insightQuery } from '../../api/queries';
import type { FunnelQuery, FunnelResult, Interval, Project } from '../../api/types';
import { drillAt, useDrill } from '../../persons/drill';
import { defaultInterval, intervalsFor, type Range } from '../../state/range';
import { Segments, Select } from '../../ui/controls';
import { EmptyState } from '../../ui/states';
import ui from '../../ui/ui.module.css';
import { RangePicker } from '../../views/RangePicker';
import styles from '../insight.module.css';
import { useAddress } from '../shared/address';
import { Answer } from '../shared/Answer';
import { useToday } from '../shared/today';
import { UnitSelect } from '../shared/UnitSelect';
import { useZoom } from '../shared/zoom';
import { TrendsTable } from '../trends/TrendsTable';
import { FunnelEditor } from './FunnelEditor';
import { FunnelPicture } from './FunnelPicture';
import { FunnelStepsTable, FunnelTimesTable } from './FunnelTables';
import { isEmpty, overTime } from './picture';
import { overTimePoints } from './points';
import { formatFunnel, funnelViews, parseFunnel, toFunnelQuery, type FunnelState } from './state';

export default function FunnelView({ project }: { project: Project }) {
  const [state, setState] = useAddress(parseFunnel, formatFunnel);
  const now = useToday(project.timeZone);
  const query = useMemo(() => toFunnelQuery(state, project.timeZone, now), [state, project.timeZone, now]);
  const setRange = (range: Range) => setState({ ...state, range, interval: defaultInterval(range) });
  return (
    <>
      <FunnelEditor project={project} state={state} onChange={setState} />
      <section className={ui['card']} aria-label="Result">
        <div className={styles['toolbar']}>
          <RangePicker range={state.range} timeZone={project.timeZone} onChange={setRange} />
          {state.view === 'over_time' && (
            <Select label="Interval" className={styles['interval']} value={state.interval} data-testid="interval"
              onChange={(event) => setState({ ...state, interval: event.target.value as Interval })}>
              {intervalsFor(state.range).map((one) => <option key={one} value={one}>by {one}</option>)}
            </Select>
          )}
          <UnitSelect project={project.id} unit={state.unit} onChange={(unit) => setState({ ...state, unit, hidden: [] })} />
          <div className={styles['kind']}>
            <Segments label="View" value={state.view} options={funnelViews.map((one) => ({ value: one.view, label: one.label }))}
              onChange={(view) => setState({ ...state, view })} />
          </div>
        </div>
        {query === null ? (
          <EmptyState icon="funnel" title="A funnel needs two steps">
            Choose the events that persons take one after the other: a page view, then a sign-up, for example.
          </EmptyState>
        ) : (
          <Result project={project} state={state} query={query} onHide={(hidden) => setState({ ...state, hidden })} onRange={setRange} />
        )}
      </section>
    </>
  );
}

interface ResultProps {
  project: Project;
  state: FunnelState;
  query: FunnelQuery;
  onHide: (hidden: string[]) => void;
  onRange: (range: Range) => void;
}

function Result({ project, state, query, onHide, onRange }: ResultProps) {
  const result = useQuery(insightQuery(project.id, query));
  const chart = useMemo(() => (result.data && result.data.view === query.view && query.view === 'over_time' ? overTime(result.data, query, []) : null), [result.data, query]);
  const zoom = useZoom(chart, state.range, onRange);
  // While another view's answer is on its way the one before is still there, and has nothing to draw for this one.
  const fits = (data: FunnelResult) => data.view === query.view;
  return (
    <Answer project={project} query={query} result={result} testId="funnel-result"
      empty="Nobody took the first step. Try a longer range or fewer filters."
      picture={(data) => !isEmpty(data) && (
        <FunnelPicture answer={data} query={query} hidden={state.hidden} height={340} onHide={onHide} onZoom={zoom} />
      )}
      table={(data) => fits(data) && <Table data={data} query={query} hidden={state.hidden} onHide={onHide} />} />
  );
}

function Table({ data, query, hidden, onHide }: { data: FunnelResult; query: FunnelQuery; hidden: readonly string[]; onHide: (hidden: string[]) => void }) {
  const drill = useDrill();
  if (query.view === 'steps') return <FunnelStepsTable result={data} query={query} />;
  if (query.view === 'time_to_convert') return <FunnelTimesTable result={data} query={query} />;
  const chart = overTime(data, query, hidden);
  return (
    <TrendsTable data={chart} fileName="funnel-over-time.csv" onHide={onHide}
      onSelect={(series, bucket) => drillAt(drill, overTimePoints(data, query, [], bucket), chart.series[series]?.key ?? null)} />
  );
}
