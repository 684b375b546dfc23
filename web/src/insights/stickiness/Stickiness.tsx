import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { insightQuery } from '../../api/queries';
import type { Project, StickinessQuery, StickinessResult } from '../../api/types';
import { eventLabel, formatNumber } from '../../lib/format';
import { formatShare } from '../../lib/rates';
import { Button, IconButton, Segments, Select } from '../../ui/controls';
import { classes } from '../../ui/classes';
import ui from '../../ui/ui.module.css';
import { EventPicker, FilterEditor } from '../../views/FilterEditor';
import { RangePicker } from '../../views/RangePicker';
import styles from '../insight.module.css';
import { activityIntervals, firstInterval, type Activity, type ActivityInterval } from '../shared/activity';
import { useAddress } from '../shared/address';
import { Answer } from '../shared/Answer';
import { DataTable } from '../shared/DataTable';
import { BreakdownEditor } from '../shared/BreakdownEditor';
import { useToday } from '../shared/today';
import { UnitSelect } from '../shared/UnitSelect';
import { countedAll } from '../shared/unit';
import { TrendsTable } from '../trends/TrendsTable';
import { stickinessChart } from './chart';
import { reach } from './points';
import { StickinessPicture, useBar } from './StickinessPicture';
import { formatStickiness, maxSeries, newSeries, parseStickiness, toStickinessQuery, type StickinessState } from './state';

export default function StickinessView({ project }: { project: Project }) {
  const [state, setState] = useAddress(parseStickiness, formatStickiness);
  const now = useToday(project.timeZone);
  const query = useMemo(() => toStickinessQuery(state, project.timeZone, now), [state, project.timeZone, now]);
  const result = useQuery(insightQuery(project.id, query));
  const update = (changed: Partial<StickinessState>) => setState({ ...state, ...changed });
  const hide = (hidden: string[]) => update({ hidden });
  return (
    <>
      <Editor project={project} state={state} onChange={update} />
      <section className={ui['card']} aria-label="Result">
        <div className={styles['toolbar']}>
          <RangePicker range={state.range} timeZone={project.timeZone} onChange={(range) => update({ range, interval: firstInterval(range) })} />
          <Select label="Interval" className={styles['interval']} value={state.interval} data-testid="interval"
            onChange={(event) => update({ interval: event.target.value as ActivityInterval })}>
            {activityIntervals(state.range).map((one) => <option key={one} value={one}>by {one}</option>)}
          </Select>
          <UnitSelect project={project.id} unit={state.unit} onChange={(unit) => update({ unit })} />
          <div className={styles['kind']}>
            <Segments label="How intervals are counted" value={state.cumulative ? 'more' : 'exactly'} onChange={(counted) => update({ cumulative: counted === 'more' })}
              options={[{ value: 'exactly', label: `Exactly so many ${state.interval}s` }, { value: 'more', label: 'Or more' }]} />
          </div>
        </div>
        <Answer project={project} query={query} result={result} testId="stickiness-result" empty="Nobody was active. Try a longer range or fewer filters."
          picture={(data) => data.series.some((one) => one.persons > 0) && <StickinessPicture answer={data} query={query} height={300} hidden={state.hidden} onHide={hide} />}
          table={(data) => (query.breakdown ? <Lines data={data} query={query} hidden={state.hidden} onHide={hide} /> : <Table data={data} query={query} />)} />
      </section>
    </>
  );
}

function Editor({ project, state, onChange }: { project: Project; state: StickinessState; onChange: (changed: Partial<StickinessState>) => void }) {
  const replace = (index: number, changed: Activity) => onChange({ series: state.series.map((one, at) => (at === index ? changed : one)) });
  return (
    <section className={classes(ui['card'], styles['builder'])} aria-label="Query" data-testid="stickiness-builder">
      <ol className={styles['series']}>
        {state.series.map((series, index) => {
          const letter = String.fromCharCode(65 + index);
          return (
            <li key={index} className={styles['one']}>
              <span className={styles['letter']} aria-hidden="true">{letter}</span>
              <div className={styles['parts']}>
                <div className={styles['line']}>
                  <EventPicker project={project.id} value={series.event} label={`Event of series ${letter}`} onChange={(event) => replace(index, { ...series, event })} />
                  {state.series.length > 1 && (
                    <IconButton small icon="close" label={`Remove series ${letter}, ${eventLabel(series.event)}`}
                      onClick={() => onChange({ series: state.series.filter((_, at) => at !== index) })} />
                  )}
                </div>
                <FilterEditor project={project.id} event={series.event} filters={series.filters} addLabel="Where…" onChange={(filters) => replace(index, { ...series, filters })} />
              </div>
            </li>
          );
        })}
      </ol>
      {state.series.length < maxSeries && (
        <Button small variant="ghost" icon="plus" className={styles['addSeries']} onClick={() => onChange({ series: [...state.series, newSeries] })}>Add a series</Button>
      )}
      <div className={styles['rest']}>
        <div className={styles['group']}>
          <h2>Filters</h2>
          <FilterEditor project={project.id} event={null} filters={state.filters} addLabel="Add a filter" onChange={(filters) => onChange({ filters })} />
        </div>
        <div className={styles['group']}>
          <h2>Breakdown</h2>
          <BreakdownEditor project={project.id} event={state.series[0]?.event ?? null} breakdown={state.breakdown} onChange={(breakdown) => onChange({ breakdown, hidden: [] })} />
        </div>
      </div>
    </section>
  );
}

/** A row for each value of the breakdown and a column for each number of intervals. */
function Lines({ data, query, hidden, onHide }: { data: StickinessResult; query: StickinessQuery; hidden: readonly string[]; onHide: (hidden: string[]) => void }) {
  const open = useBar(data, query);
  return (
    <TrendsTable data={stickinessChart(data, query, hidden)} fileName="stickiness.csv" onHide={onHide}
      onSelect={open && ((series, index) => {
        if (index !== null) open(series, index);
      })} />
  );
}

function Table({ data, query }: { data: StickinessResult; query: StickinessQuery }) {
  const open = useBar(data, query);
  const rows = Array.from({ length: data.intervals }, (_, index) => index);
  return (
    <DataTable rows={rows} rowKey={String} fileName="stickiness.csv" testId="stickiness-table"
      columns={[
        { label: 'Active on', text: (index) => reach(data, index), value: (index) => index + 1 },
        ...data.series.flatMap((one, series) => {
          const name = data.series.length > 1 ? `${String.fromCharCode(65 + one.series)}. ${eventLabel(one.name)}` : countedAll(query.unit).column;
          const share = (index: number) => (one.persons > 0 ? (one.values[index] ?? 0) / one.persons : null);
          return [
            { label: name, strong: true, text: (index: number) => formatNumber(one.values[index]), value: (index: number) => one.values[index] ?? null,
              press: (index: number) => (open && one.values[index] ? () => open(series, index) : undefined) },
            { label: data.series.length > 1 ? `${name}, share` : 'Share', text: (index: number) => formatShare(share(index)), value: share },
          ];
        }),
      ]} />
  );
}
