import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { insightQuery } from '../../api/queries';
import type { Project } from '../../api/types';
import { useDrill } from '../../persons/drill';
import type { Range } from '../../state/range';
import { Select } from '../../ui/controls';
import { classes } from '../../ui/classes';
import ui from '../../ui/ui.module.css';
import { FilterEditor } from '../../views/FilterEditor';
import { RangePicker } from '../../views/RangePicker';
import styles from '../insight.module.css';
import { activityIntervals, firstInterval, type ActivityInterval } from '../shared/activity';
import { ActivityEditor } from '../shared/ActivityEditor';
import { useAddress } from '../shared/address';
import { Answer } from '../shared/Answer';
import { BreakdownEditor } from '../shared/BreakdownEditor';
import { useToday } from '../shared/today';
import { UnitSelect } from '../shared/UnitSelect';
import { shownValue } from '../shared/values';
import { useZoom } from '../shared/zoom';
import { TrendsTable } from '../trends/TrendsTable';
import { isEmpty, lifecycleChart } from './chart';
import { LifecyclePicture } from './LifecyclePicture';
import { statusPoint } from './points';
import { formatLifecycle, named, parseLifecycle, statuses, toLifecycleQuery, type LifecycleState } from './state';

export default function LifecycleView({ project }: { project: Project }) {
  const [state, setState] = useAddress(parseLifecycle, formatLifecycle);
  const now = useToday(project.timeZone);
  const query = useMemo(() => toLifecycleQuery(state, project.timeZone, now), [state, project.timeZone, now]);
  const result = useQuery(insightQuery(project.id, query));
  const value = shownValue(result.data?.series, state.shown);
  const chart = useMemo(() => (result.data ? lifecycleChart(result.data, state.hidden, value) : null), [result.data, state.hidden, value]);
  const update = (changed: Partial<LifecycleState>) => setState({ ...state, ...changed });
  const hide = (keys: string[]) => update({ hidden: named(keys) });
  const setRange = (range: Range) => update({ range, interval: firstInterval(range) });
  const zoom = useZoom(chart, state.range, setRange);
  const drill = useDrill();
  const atCell = (series: number, bucket: number | null) => {
    const status = statuses[series]?.status;
    const point = result.data && status && bucket !== null && statusPoint(result.data, query, status, bucket, value);
    if (point) drill([point]);
  };
  return (
    <>
      <section className={classes(ui['card'], styles['builder'])} aria-label="Query" data-testid="lifecycle-builder">
        <div className={styles['sentences']}>
          <ActivityEditor words="Active means doing" label="Event that counts as active" project={project} activity={state.activity} testId="active-event" onChange={(activity) => update({ activity })} />
        </div>
        <div className={styles['rest']}>
          <div className={styles['group']}>
            <h2>Filters</h2>
            <FilterEditor project={project.id} event={null} filters={state.filters} addLabel="Add a filter" onChange={(filters) => update({ filters })} />
          </div>
          <div className={styles['group']}>
            <h2>Breakdown</h2>
            <BreakdownEditor project={project.id} event={state.activity.event} breakdown={state.breakdown} onChange={(breakdown) => update({ breakdown, shown: null })} />
          </div>
        </div>
      </section>
      <section className={ui['card']} aria-label="Result">
        <div className={styles['toolbar']}>
          <RangePicker range={state.range} timeZone={project.timeZone} onChange={setRange} />
          <Select label="Interval" className={styles['interval']} value={state.interval} data-testid="interval"
            onChange={(event) => update({ interval: event.target.value as ActivityInterval })}>
            {activityIntervals(state.range).map((one) => <option key={one} value={one}>by {one}</option>)}
          </Select>
          <UnitSelect project={project.id} unit={state.unit} onChange={(unit) => update({ unit })} />
        </div>
        <Answer project={project} query={query} result={result} testId="lifecycle-result" empty="Nobody with a profile was active. Try a longer range or fewer filters; events without a profile are left out."
          picture={(data) => !isEmpty(data) && <LifecyclePicture answer={data} query={query} hidden={state.hidden} height={340} shown={state.shown} onShow={(shown) => update({ shown })} onHide={hide} onZoom={zoom} />}
          table={() => chart && <TrendsTable data={chart} fileName="lifecycle.csv" onHide={hide} onSelect={atCell} />} />
      </section>
    </>
  );
}
