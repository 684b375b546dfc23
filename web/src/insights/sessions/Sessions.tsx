import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { insightQuery } from '../../api/queries';
import type { Interval, Project } from '../../api/types';
import { intervalsFor, type Range } from '../../state/range';
import { Checkbox, IconButton, Segments, Select } from '../../ui/controls';
import { classes } from '../../ui/classes';
import ui from '../../ui/ui.module.css';
import { FilterEditor, PropertyPicker } from '../../views/FilterEditor';
import { RangePicker } from '../../views/RangePicker';
import styles from '../insight.module.css';
import { useAddress } from '../shared/address';
import { Answer } from '../shared/Answer';
import { useToday } from '../shared/today';
import { useZoom } from '../shared/zoom';
import { isEmpty, sessionsChart } from './chart';
import { SessionsPicture } from './SessionsPicture';
import { SessionsTable } from './SessionsTable';
import {
  bounceSeconds, eventProperty, formatSessions, limits, metrics, parseSessions, properties, toSessionsQuery, withRange, type SessionMetric, type SessionsState,
} from './state';

export default function SessionsView({ project }: { project: Project }) {
  const [state, setState] = useAddress(parseSessions, formatSessions);
  const now = useToday(project.timeZone);
  const query = useMemo(() => toSessionsQuery(state, project.timeZone, now), [state, project.timeZone, now]);
  const result = useQuery(insightQuery(project.id, query));
  const update = (changed: Partial<SessionsState>) => setState({ ...state, ...changed });
  const setRange = (range: Range) => setState(withRange(state, range));
  const chart = useMemo(() => (result.data ? sessionsChart(result.data, query, state.metric, []) : null), [result.data, query, state.metric]);
  const zoom = useZoom(chart, state.range, setRange);
  return (
    <>
      <Editor project={project} state={state} onChange={(changed) => update({ ...changed, hidden: [] })} />
      <section className={ui['card']} aria-label="Result">
        <div className={styles['toolbar']}>
          <RangePicker range={state.range} timeZone={project.timeZone} onChange={setRange} />
          <Select label="Interval" className={styles['interval']} value={state.interval} data-testid="interval" onChange={(event) => update({ interval: event.target.value as Interval })}>
            {intervalsFor(state.range).map((one) => <option key={one} value={one}>by {one}</option>)}
          </Select>
          <Select label="What the chart shows" className={styles['interval']} value={state.metric} data-testid="session-metric" onChange={(event) => update({ metric: event.target.value as SessionMetric })}>
            {metrics.map((one) => <option key={one.key} value={one.key}>{one.label}</option>)}
          </Select>
          <Checkbox label={<span>Compare<span className={styles['wide']}> with the period before</span></span>} checked={state.compare} data-testid="compare"
            onChange={(event) => update({ compare: event.target.checked })} />
          <div className={styles['kind']}>
            <Segments label="Chart" value={state.chart} iconsOnly onChange={(kind) => update({ chart: kind })}
              options={[{ value: 'line', label: 'Line chart', icon: 'line' }, { value: 'bar', label: 'Bar chart', icon: 'bar' }]} />
          </div>
        </div>
        <Answer project={project} query={query} result={result} testId="sessions-result" empty="No session began in this time. Try a longer range or fewer filters; events without a session id are in none."
          picture={(answer) => !isEmpty(answer) && (
            <SessionsPicture answer={answer} query={query} metric={state.metric} chart={state.chart} hidden={state.hidden} height={340} onHide={(hidden) => update({ hidden })} onZoom={zoom} />
          )}
          table={(answer) => <SessionsTable result={answer} query={query} />} />
      </section>
    </>
  );
}

function Editor({ project, state, onChange }: { project: Project; state: SessionsState; onChange: (changed: Partial<SessionsState>) => void }) {
  return (
    <section className={classes(ui['card'], styles['builder'])} aria-label="Query" data-testid="sessions-builder">
      <div className={styles['sentences']}>
        <div className={styles['sentence']}>
          <span>A bounce is one view in</span>
          <Select label="How long a bounce is at most" className={styles['math']} value={state.bounce} onChange={(event) => onChange({ bounce: Number(event.target.value) })}>
            {[...new Set([...bounceSeconds, state.bounce])].sort((a, b) => a - b).map((one) => <option key={one} value={one}>{one === 0 ? 'no time at all' : `less than ${String(one)} seconds`}</option>)}
          </Select>
        </div>
      </div>
      <div className={styles['rest']}>
        <div className={styles['group']}>
          <h2>Filters</h2>
          <FilterEditor project={project.id} event={null} filters={state.filters} addLabel="Add a filter" onChange={(filters) => onChange({ filters })} />
        </div>
        <div className={styles['group']}>
          <h2>Breakdown</h2>
          <div className={styles['breakdown']}>
            <Select label="What sessions are broken down by" className={styles['math']} value={state.by ?? ''} data-testid="session-property"
              onChange={(event) => onChange({
                by: event.target.value === eventProperty ? eventProperty : (properties.find((one) => one.by === event.target.value)?.by ?? null), property: null,
              })}>
              <option value="">None</option>
              {properties.map((one) => <option key={one.by} value={one.by}>{one.label}</option>)}
              <option value={eventProperty}>Any property or cohort</option>
            </Select>
            {state.by === eventProperty && (
              <PropertyPicker project={project.id} event={null} value={state.property} label="Property to break down by" placeholder="Choose a property" testId="breakdown"
                onChange={(property) => onChange({ property })} />
            )}
            {state.by !== null && (
              <>
                <Select label="How many values" className={styles['limit']} value={state.limit} onChange={(event) => onChange({ limit: Number(event.target.value) })}>
                  {limits.map((one) => <option key={one} value={one}>top {one}</option>)}
                </Select>
                <IconButton small icon="close" label="Remove the breakdown" onClick={() => onChange({ by: null, property: null })} />
              </>
            )}
          </div>
        </div>
      </div>
    </section>
  );
}
