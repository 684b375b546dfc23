import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { insightQuery } from '../../api/queries';
import type { Interval, Project, TrendsQuery } from '../../api/types';
import { Annotations } from '../../annotations/Annotations';
import { eventLabel } from '../../lib/format';
import { useDrill } from '../../persons/drill';
import { intervalsFor, type Range } from '../../state/range';
import { Button, Checkbox, IconButton, Segments, Select } from '../../ui/controls';
import { EmptyState } from '../../ui/states';
import { classes } from '../../ui/classes';
import ui from '../../ui/ui.module.css';
import { EventPicker, FilterEditor, PropertyPicker } from '../../views/FilterEditor';
import { RangePicker } from '../../views/RangePicker';
import styles from '../insight.module.css';
import { Answer } from '../shared/Answer';
import { BreakdownEditor } from '../shared/BreakdownEditor';
import { NameField } from '../shared/NameField';
import { useToday } from '../shared/today';
import { UnitSelect } from '../shared/UnitSelect';
import { useZoom } from '../shared/zoom';
import { useAddress } from '../shared/address';
import { chartData, isEmpty } from './chart';
import { trendPoint } from './points';
import {
  formatTrends, mathGroups, mathInfo, maxFormulas, maxSeries, newSeries, parseTrends, seriesLetter, toQuery, withBreakdown, withChart, withRange,
  type FormulaState, type MathKey, type PointKind, type SeriesState, type TrendsState,
} from './state';
import { TrendsMap } from './TrendsMap';
import { TrendsPicture } from './TrendsPicture';
import { TrendsTable } from './TrendsTable';

const chartHeight = 340;
const mapHeight = 460;

/** The whole state is the address: what is shown here can be sent to somebody, and reloading shows it again. */
export default function TrendsView({ project }: { project: Project }) {
  const [state, setState] = useAddress(parseTrends, formatTrends);
  const now = useToday(project.timeZone);
  const query = useMemo(() => toQuery(state, project.timeZone, now), [state, project.timeZone, now]);
  const update = (changed: Partial<TrendsState>) => setState({ ...state, ...changed });
  const updateQuery = (changed: Partial<TrendsState>) => update({ ...changed, hidden: [] });

  return (
    <>
      <Builder project={project} state={state} update={updateQuery} />
      <section className={ui['card']} aria-label="Result">
        <div className={styles['toolbar']}>
          <RangePicker range={state.range} timeZone={project.timeZone} onChange={(range) => setState(withRange(state, range))} />
          <Select label="Interval" className={styles['interval']} value={state.interval} data-testid="interval"
            onChange={(event) => update({ interval: event.target.value as Interval })}>
            {intervalsFor(state.range).map((one) => <option key={one} value={one}>by {one}</option>)}
          </Select>
          <Select label="What a point is" className={styles['interval']} value={String(state.points)} data-testid="points"
            onChange={(event) => update({ points: pointKinds.find((one) => String(one) === event.target.value) ?? state.points })}>
            {[...new Set([...pointKinds, state.points])].map((one) => <option key={one} value={String(one)}>{pointLabel(one, state.interval)}</option>)}
          </Select>
          <UnitSelect project={project.id} unit={state.unit} onChange={(unit) => update({ unit, hidden: [] })} />
          <Checkbox label={<span>Compare<span className={styles['wide']}> with the period before</span></span>} checked={state.compare} data-testid="compare"
            onChange={(event) => update({ compare: event.target.checked })} />
          <div className={styles['kind']}>
            <Segments label="Chart" value={state.chart} iconsOnly onChange={(chart) => setState(withChart(state, chart))}
              options={[{ value: 'line', label: 'Line chart', icon: 'line' }, { value: 'bar', label: 'Bar chart', icon: 'bar' }, { value: 'map', label: 'World map', icon: 'globe' }]} />
          </div>
        </div>
        {query === null ? (
          <EmptyState icon="trends" title="Nothing to count yet">
            Choose the number property that a series is to be calculated over.
          </EmptyState>
        ) : (
          <Result project={project} state={state} query={query} onHide={(hidden) => update({ hidden })} onRange={(range) => setState(withRange(state, range))} />
        )}
      </section>
    </>
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
        {state.formulas.map((formula, index) => (
          <FormulaRow key={index} index={index} formula={formula}
            onChange={(changed) => update({ formulas: state.formulas.map((one, at) => (at === index ? changed : one)) })}
            onRemove={() => update({ formulas: state.formulas.filter((_, at) => at !== index) })} />
        ))}
      </ol>
      <div className={styles['addSeries']}>
        {state.series.length < maxSeries && (
          <Button small variant="ghost" icon="plus" data-testid="add-series" onClick={() => update({ series: [...state.series, newSeries] })}>
            Add a series
          </Button>
        )}
        {state.formulas.length < maxFormulas && (
          <Button small variant="ghost" icon="plus" data-testid="add-formula" title="A line made of the series, which are called by their letters"
            onClick={() => update({ formulas: [...state.formulas, { expression: '', name: '' }] })}>
            Add a formula
          </Button>
        )}
      </div>
      <div className={styles['rest']}>
        <div className={styles['group']}>
          <h2>Filters</h2>
          <FilterEditor project={project.id} event={only} filters={state.filters} addLabel="Add a filter" onChange={(filters) => update({ filters })} />
        </div>
        <div className={styles['group']}>
          <h2>Breakdown</h2>
          <BreakdownEditor project={project.id} event={only} breakdown={state.breakdown} onChange={(breakdown) => update(withBreakdown(state, breakdown))} />
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
  const letter = seriesLetter(index);
  const { property } = mathInfo(series.math);
  return (
    <li className={styles['one']} data-testid="series-row">
      <span className={styles['letter']} aria-hidden="true">{letter}</span>
      <div className={styles['parts']}>
        <div className={styles['line']}>
          <EventPicker project={project.id} value={series.event} label={`Event of series ${letter}`} onChange={(event) => onChange({ ...series, event })} />
          <Select label={`What is counted in series ${letter}`} className={styles['math']} value={series.math} data-testid="math"
            onChange={(event) => {
              const math = event.target.value as MathKey;
              onChange({ ...series, math, property: mathInfo(math).property === 'none' ? null : series.property });
            }}>
            {mathGroups.map((group) => (
              <optgroup key={group.label} label={group.label}>
                {group.maths.map((one) => <option key={one.key} value={one.key}>{one.label}</option>)}
              </optgroup>
            ))}
          </Select>
          {property !== 'none' && (
            <PropertyPicker project={project.id} event={series.event} value={series.property} kind="number" label="Number property"
              placeholder={property === 'needed' ? 'Choose a property' : 'of their events'} testId="math-property" onChange={(property) => onChange({ ...series, property })} />
          )}
          {property === 'possible' && series.property !== null && (
            <IconButton small icon="close" label="Count their events instead" onClick={() => onChange({ ...series, property: null })} />
          )}
          {(naming || series.name !== '') && (
            <NameField key={series.name} name={series.name} label={`Name of series ${letter}`} focus={naming} onChange={(name) => {
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

const pointKinds: readonly PointKind[] = ['counted', 'cumulative', 3, 7, 14, 30];

function pointLabel(kind: PointKind, interval: Interval): string {
  if (kind === 'counted') return 'as counted';
  return kind === 'cumulative' ? 'cumulative' : `average of ${String(kind)} ${interval}s`;
}

interface FormulaRowProps {
  index: number;
  formula: FormulaState;
  onChange: (formula: FormulaState) => void;
  onRemove: () => void;
}

function FormulaRow({ index, formula, onChange, onRemove }: FormulaRowProps) {
  const [naming, setNaming] = useState(false);
  const number = String(index + 1);
  return (
    <li className={styles['one']} data-testid="formula-row">
      <span className={styles['letter']} aria-hidden="true">ƒ</span>
      <div className={styles['parts']}>
        <div className={styles['line']}>
          <NameField key={formula.expression} name={formula.expression} label={`Formula ${number}`} focus={formula.expression === ''} placeholder="B / A * 100" className={styles['formula']}
            onChange={(expression) => {
              if (expression !== formula.expression) onChange({ ...formula, expression });
            }} />
          {(naming || formula.name !== '') && (
            <NameField key={formula.name} name={formula.name} label={`Name of formula ${number}`} focus={naming} onChange={(name) => {
              setNaming(false);
              if (name !== formula.name) onChange({ ...formula, name });
            }} />
          )}
          <span className={styles['tools']}>
            {!naming && formula.name === '' && <IconButton small icon="edit" label={`Name formula ${number}`} onClick={() => setNaming(true)} />}
            <IconButton small icon="close" label={`Remove formula ${number}`} onClick={onRemove} />
          </span>
        </div>
      </div>
    </li>
  );
}

interface ResultProps {
  project: Project;
  state: TrendsState;
  query: TrendsQuery;
  onHide: (hidden: string[]) => void;
  onRange: (range: Range) => void;
}

function Result({ project, state, query, onHide, onRange }: ResultProps) {
  const result = useQuery(insightQuery(project.id, query));
  const data = useMemo(
    () => (result.data ? chartData(result.data, query, state.hidden) : null),
    [result.data, query, state.hidden],
  );
  const zoom = useZoom(data, state.range, onRange);
  const drill = useDrill();
  const answer = result.data;
  const { chart } = state;
  const atCell = (series: number, bucket: number | null) => {
    const point = answer && data && trendPoint(answer, query, data, series, bucket);
    if (point) drill([point]);
  };
  return (
    <Answer project={project} query={query} result={result} testId="trends-result"
      picture={(answered) => data && !isEmpty(data) && (chart === 'map' ? <TrendsMap answer={answered} query={query} data={data} height={mapHeight} /> : (
        <Annotations project={project} chart={data} inset>
          {(marks) => <TrendsPicture answer={answered} query={query} data={data} chart={chart} height={chartHeight} onHide={onHide} marks={marks} onZoom={zoom} />}
        </Annotations>
      ))}
      table={() => data && <TrendsTable data={data} onHide={onHide} onSelect={atCell} />} />
  );
}
