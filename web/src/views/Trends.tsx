import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { trendsQuery } from '../api/queries';
import type { Interval, Project, SeriesMath, TrendsQuery, TrendsResult } from '../api/types';
import { ongoingFrom } from '../charts/ongoing';
import { chartData, summarise, toCsv, type ChartData } from '../charts/series';
import { TrendsChart } from '../charts/TrendsChart';
import chartStyles from '../charts/charts.module.css';
import { today } from '../lib/dates';
import { change, eventLabel, formatAgo, formatChange, formatMilliseconds, formatNumber } from '../lib/format';
import { useNow } from '../lib/now';
import { useSearch, useSetSearch } from '../lib/router';
import { intervalsFor } from '../state/range';
import {
  formatTrends,
  mathInfo,
  maths,
  maxBreakdown,
  maxSeries,
  newSeries,
  parseTrends,
  toQuery,
  withRange,
  type SeriesState,
  type TrendsState,
} from '../state/trends';
import { Button, Checkbox, Hidden, IconButton, Segments, Select } from '../ui/controls';
import { EmptyState, ErrorState, Skeleton } from '../ui/states';
import { classes } from '../ui/classes';
import ui from '../ui/ui.module.css';
import { EventPicker, FilterEditor, PropertyPicker } from './FilterEditor';
import { Page } from './Page';
import { RangePicker } from './RangePicker';
import styles from './Trends.module.css';
import { TrendsTable } from './TrendsTable';

const chartHeight = 340;

/** The whole state is the address: what is shown here can be sent to somebody, and reloading shows it again. */
export default function TrendsView({ project }: { project: Project }) {
  const search = useSearch();
  const setSearch = useSetSearch();
  const state = useMemo(() => parseTrends(search), [search]);
  const day = today(project.timeZone, new Date(useNow(30_000)));

  // "Yesterday" changes at midnight, and only then is it another query.
  const query = useMemo(() => toQuery(state, project.timeZone, new Date(`${day}T12:00:00Z`)), [state, project.timeZone, day]);
  const update = (changed: Partial<TrendsState>) => setSearch(formatTrends({ ...state, ...changed }));
  const updateQuery = (changed: Partial<TrendsState>) => update({ ...changed, hidden: [] });

  return (
    <Page title="Trends">
      <Builder project={project} state={state} update={updateQuery} />
      <section className={ui['card']} aria-label="Result">
        <div className={styles['toolbar']}>
          <RangePicker range={state.range} timeZone={project.timeZone} onChange={(range) => setSearch(formatTrends(withRange(state, range)))} />
          <Select label="Interval" className={styles['interval']} value={state.interval} data-testid="interval"
            onChange={(event) => update({ interval: event.target.value as Interval })}>
            {intervalsFor(state.range).map((one) => <option key={one} value={one}>by {one}</option>)}
          </Select>
          <Checkbox label={<span>Compare<span className={styles['wide']}> with the period before</span></span>} checked={state.compare} data-testid="compare"
            onChange={(event) => update({ compare: event.target.checked })} />
          <div className={styles['kind']}>
            <Segments label="Chart" value={state.chart} iconsOnly onChange={(chart) => update({ chart })}
              options={[{ value: 'line', label: 'Line chart', icon: 'line' }, { value: 'bar', label: 'Bar chart', icon: 'bar' }]} />
          </div>
        </div>
        {query === null ? (
          <EmptyState icon="trends" title="Nothing to count yet">
            Choose the number property that the series is to be calculated over.
          </EmptyState>
        ) : (
          <Result project={project} state={state} query={query} onHide={(hidden) => update({ hidden })} />
        )}
      </section>
    </Page>
  );
}

interface BuilderProps {
  project: Project;
  state: TrendsState;
  update: (changed: Partial<TrendsState>) => void;
}

function Builder({ project, state, update }: BuilderProps) {
  const replace = (index: number, changed: SeriesState) =>
    update({ series: state.series.map((one, at) => (at === index ? changed : one)) });
  const only = state.series.length === 1 ? (state.series[0]?.event ?? null) : null;
  return (
    <section className={classes(ui['card'], styles['builder'])} aria-label="Query" data-testid="trends-builder">
      <ol className={styles['series']}>
        {state.series.map((series, index) => (
          <SeriesRow key={index} project={project} index={index} series={series} onChange={(changed) => replace(index, changed)}
            onRemove={state.series.length > 1 ? () => update({ series: state.series.filter((_, at) => at !== index) }) : undefined} />
        ))}
      </ol>
      {state.series.length < maxSeries && (
        <Button small variant="ghost" icon="plus" className={styles['addSeries']} data-testid="add-series"
          onClick={() => update({ series: [...state.series, newSeries] })}>
          Add a series
        </Button>
      )}
      <div className={styles['rest']}>
        <div className={styles['group']}>
          <h2>Filters</h2>
          <FilterEditor project={project.id} event={only} filters={state.filters} addLabel="Add a filter" onChange={(filters) => update({ filters })} />
        </div>
        <div className={styles['group']}>
          <h2>Breakdown</h2>
          <div className={styles['breakdown']}>
            <PropertyPicker project={project.id} event={only} value={state.breakdown} label="Property to break down by" placeholder="None"
              testId="breakdown" onChange={(breakdown) => update({ breakdown })} />
            {state.breakdown !== null && (
              <>
                <Select label="How many values" className={styles['limit']} value={state.breakdownLimit}
                  onChange={(event) => update({ breakdownLimit: Number(event.target.value) })}>
                  {[...new Set([3, 5, 10, maxBreakdown, state.breakdownLimit])].sort((a, b) => a - b).map((one) => <option key={one} value={one}>top {one}</option>)}
                </Select>
                <IconButton small icon="close" label="Remove the breakdown" onClick={() => update({ breakdown: null })} />
              </>
            )}
          </div>
        </div>
      </div>
    </section>
  );
}

interface SeriesRowProps {
  project: Project;
  index: number;
  series: SeriesState;
  onChange: (series: SeriesState) => void;
  onRemove: (() => void) | undefined;
}

function SeriesRow({ project, index, series, onChange, onRemove }: SeriesRowProps) {
  const [naming, setNaming] = useState(false);
  const letter = String.fromCharCode(65 + index);
  const { ofProperty } = mathInfo(series.math);
  return (
    <li className={styles['one']} data-testid="series-row">
      <span className={styles['letter']} aria-hidden="true">{letter}</span>
      <div className={styles['parts']}>
        <div className={styles['line']}>
          <EventPicker project={project.id} value={series.event} label={`Event of series ${letter}`} onChange={(event) => onChange({ ...series, event })} />
          <Select label={`What is counted in series ${letter}`} className={styles['math']} value={series.math} data-testid="math"
            onChange={(event) => {
              const math = event.target.value as SeriesMath;
              onChange({ ...series, math, property: mathInfo(math).ofProperty ? series.property : null });
            }}>
            {maths.map((one) => <option key={one.math} value={one.math}>{one.label}</option>)}
          </Select>
          {ofProperty && (
            <PropertyPicker project={project.id} event={series.event} value={series.property} kind="number" label="Number property"
              placeholder="Choose a property" testId="math-property" onChange={(property) => onChange({ ...series, property })} />
          )}
          {(naming || series.name !== '') && (
            <NameField key={series.name} name={series.name} letter={letter} focus={naming} onChange={(name) => {
              setNaming(false);
              if (name !== series.name) onChange({ ...series, name });
            }} />
          )}
          <span className={styles['tools']}>
            {!naming && series.name === '' && <IconButton small icon="edit" label={`Name series ${letter}`} onClick={() => setNaming(true)} />}
            {onRemove && <IconButton small icon="close" label={`Remove series ${letter}, ${eventLabel(series.event)}`} onClick={onRemove} />}
          </span>
        </div>
        <FilterEditor project={project.id} event={series.event} filters={series.filters} addLabel="Where…" onChange={(filters) => onChange({ ...series, filters })} />
      </div>
    </li>
  );
}

function NameField({ name, letter, focus, onChange }: { name: string; letter: string; focus: boolean; onChange: (name: string) => void }) {
  const [text, setText] = useState(name);
  return (
    <input className={classes(ui['input'], styles['name'])} type="text" aria-label={`Name of series ${letter}`} placeholder="Name" maxLength={100} autoFocus={focus} value={text}
      onChange={(event) => setText(event.target.value)} onBlur={() => onChange(text.trim())}
      onKeyDown={(event) => {
        if (event.key === 'Enter') event.currentTarget.blur();
      }} />
  );
}

interface ResultProps {
  project: Project;
  state: TrendsState;
  query: TrendsQuery;
  onHide: (hidden: string[]) => void;
}

function Result({ project, state, query, onHide }: ResultProps) {
  const result = useQuery(trendsQuery(project.id, query));
  const data = useMemo(
    () => (result.data ? chartData(result.data, query, state.hidden) : null),
    [result.data, query, state.hidden],
  );

  if (result.isError && !result.data) {
    return (
      <div className={styles['empty']}>
        <ErrorState title="The question could not be answered" error={result.error} retry={() => void result.refetch()} />
      </div>
    );
  }

  if (!data || !result.data) return <ResultSkeleton />;
  const empty = data.series.every((one) => one.total === null || one.total === 0) && data.series.every((one) => !one.compare?.total);
  return (
    <div className={styles['result']} data-stale={result.isPlaceholderData} aria-busy={result.isFetching} data-testid="trends-result">
      {result.isError && <ErrorState title="The question could not be answered" error={result.error} retry={() => void result.refetch()} />}
      <Legend data={data} onHide={onHide} />
      {empty ? (
        <div className={styles['empty']}>
          <EmptyState icon="search" title="No such events in this time">
            Try a longer range or fewer filters. If you expected some, the Events view shows what has arrived.
          </EmptyState>
        </div>
      ) : (
        <figure className={styles['figure']}>
          <TrendsChart data={data} kind={state.chart} height={chartHeight} ongoingFrom={ongoingFrom(data.buckets, data.interval, result.data.computedAt)} />
          <figcaption><Hidden>{summarise(data)}</Hidden></figcaption>
        </figure>
      )}
      <Age result={result.data} fetching={result.isFetching} onRefresh={() => void result.refetch()} />
      <TrendsTable data={data} onHide={onHide} onDownload={() => download(data)} />
    </div>
  );
}

function Legend({ data, onHide }: { data: ChartData; onHide: (hidden: string[]) => void }) {
  return (
    <ul className={styles['legend']} aria-label="Series" data-testid="legend">
      {data.series.map((one) => {
        const ratio = change(one.total, one.compare?.total ?? null);
        return (
          <li key={one.key}>
            <button type="button" aria-pressed={!one.hidden} onClick={() => onHide(toggled(data, one.key))} title={one.hidden ? `Show ${one.label}` : `Hide ${one.label}`}>
              <i className={chartStyles['swatch']} style={{ background: one.color }} />
              <span>{one.label}</span>
              <b>{formatNumber(one.total)}</b>
              {ratio !== null && <em data-up={ratio >= 0}>{formatChange(ratio)}</em>}
            </button>
          </li>
        );
      })}
    </ul>
  );
}

function toggled(data: ChartData, key: string): string[] {
  return data.series.filter((one) => one.hidden !== (one.key === key)).map((one) => one.key);
}

function Age({ result, fetching, onRefresh }: { result: TrendsResult; fetching: boolean; onRefresh: () => void }) {
  const now = useNow(1_000);
  return (
    <p className={styles['age']} data-testid="results-age">
      <span>
        Computed {formatAgo(result.computedAt, Math.max(now, Date.parse(result.computedAt)))} in {formatMilliseconds(result.elapsedMs)} · times in {result.timeZone.replaceAll('_', ' ')}
      </span>
      <IconButton small icon="refresh" label="Compute again" disabled={fetching} onClick={onRefresh} />
    </p>
  );
}

function ResultSkeleton() {
  return (
    <div className={styles['result']} aria-busy="true">
      <div className={styles['legend']}><Skeleton width={140} height={30} /></div>
      <div className={styles['figure']}><Skeleton height={chartHeight} /></div>
      <div className={styles['age']}><Skeleton width={240} /></div>
    </div>
  );
}

function download(data: ChartData): void {
  const url = URL.createObjectURL(new Blob([toCsv(data)], { type: 'text/csv' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = 'trends.csv';
  link.click();
  URL.revokeObjectURL(url);
}
