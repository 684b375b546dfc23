import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { insightQuery } from '../api/queries';
import type { Project } from '../api/types';
import { otherValue, summarise } from '../charts/series';
import { TrendsChart } from '../charts/TrendsChart';
import { lifecycleChart, isEmpty, openFrom } from '../insights/lifecycle/chart';
import { statusPoints } from '../insights/lifecycle/points';
import { statuses } from '../insights/lifecycle/state';
import { Waiting } from '../insights/shared/Waiting';
import { Link } from '../lib/router';
import { carried, insightAddress } from '../lib/routes';
import { drillAt, useDrill } from '../persons/drill';
import { Hidden } from '../ui/controls';
import { BarList } from './BarList';
import { Card, Cards, Part } from './Card';
import { KeyNumbers } from './KeyNumbers';
import { propertyCard, valueLabel } from './lists';
import { LiveStrip } from './LiveStrip';
import { productChart, productMetrics, productNumber, productPlace } from './metrics';
import { Overview } from './Overview';
import { linePoints } from './points';
import styles from './ProductHome.module.css';
import { formatHome, growthQuery, hasFilter, newPersonsQuery, productQuery, rowFilter, toggledFilter, valuesQuery, withRange, type HomeState } from './state';

interface ProductHomeProps {
  project: Project;
  state: HomeState;
  now: Date;
  onChange: (changed: Partial<HomeState>) => void;
}

/** Who uses a product, what they do, and whether there are more of them. */
export function ProductHome({ project, state, now, onChange }: ProductHomeProps) {
  const [query, newQuery] = [productQuery(state, project.timeZone, now), newPersonsQuery(state, project.timeZone, now)];
  const main = useQuery(insightQuery(project.id, query));
  const fresh = useQuery(insightQuery(project.id, newQuery));
  const metric = productMetrics.find((one) => one.key === state.product) ?? productMetrics[0];
  const place = productPlace(state.product);
  const answers = useMemo(() => ({ main: main.data, new: fresh.data }), [main.data, fresh.data]);
  const chart = useMemo(() => (metric ? productChart(answers, metric) : null), [answers, metric]);
  const shown = place.asked === 'main' ? main : fresh;
  const drill = useDrill();
  const select = (bucket: number) => {
    if (shown.data && metric) drill(linePoints(shown.data, place.asked === 'main' ? query : newQuery, place.at, bucket, metric.label));
  };
  return (
    <>
      <Overview project={project} query={place.asked === 'main' ? query : newQuery} chart={chart} answer={shown.data} error={shown.error} stale={shown.isPlaceholderData}
        waiting={<Waiting of={insightQuery(project.id, place.asked === 'main' ? query : newQuery).queryKey} result={shown} />} fetching={shown.isFetching}
        onRange={(range) => onChange(withRange(state, range))} range={state.range} interval={state.interval} compare={state.compare} onInterval={(interval) => onChange({ interval })} onRefresh={() => void shown.refetch()} onSelect={select}
        numbers={<KeyNumbers metrics={productMetrics} chosen={state.product} compare={state.compare} number={(key) => productNumber(answers, key)} onChoose={(product) => onChange({ product })} />} />
      <LiveStrip project={project} who="active" />
      <Cards>
        <ValuesCard project={project} state={state} now={now} property="event" title="Events" one="Event" everybody={main.data?.series[0]?.total ?? null} onChange={onChange} testId="card-events" />
        <PropertiesCard project={project} state={state} now={now} everybody={main.data?.series[0]?.total ?? null} onChange={onChange} />
        <GrowthCard project={project} state={state} now={now} />
      </Cards>
    </>
  );
}

interface ValuesProps extends ProductHomeProps {
  property: string;
  one: string;
  everybody: number | null;
}

function ValuesCard({ title, testId, ...rest }: ValuesProps & { title: string; testId: string }) {
  return <Card title={title} testId={testId}><Values {...rest} /></Card>;
}

function PropertiesCard(props: ProductHomeProps & { everybody: number | null }) {
  const chosen = propertyCard.find((one) => one.property === props.state.property) ?? propertyCard[0];
  return (
    <Card title="Who they are" testId="card-properties" tabs={propertyCard.map((one) => ({ key: one.property, label: one.label }))} chosen={chosen.property}
      onChoose={(property) => props.onChange({ property })}>
      {/* What is kept in sight while the next answer comes would be of another property. */}
      <Values key={chosen.property} {...props} property={chosen.property} one={chosen.one} />
    </Card>
  );
}

function Values({ project, state, now, property, one, everybody, onChange }: ValuesProps) {
  const query = valuesQuery(state, property, project.timeZone, now);
  const result = useQuery(insightQuery(project.id, query));
  const { data } = result;
  const drill = useDrill();
  const rows = (data?.series ?? []).flatMap((line, at) => (line.breakdown === otherValue || !line.total ? [] : [{
    key: String(at), label: valueLabel(property, line.breakdown ?? null, 'Not known'), persons: line.total, before: line.compare?.total ?? null,
    filter: rowFilter(property, line.breakdown ?? null),
  }]));
  return (
    <Part ready={data !== undefined} error={result.error} stale={result.isPlaceholderData} retry={() => void result.refetch()}
      empty={rows.length === 0 ? 'Nobody did anything in this time.' : null}>
      <BarList one={one} what="Persons" everybody={everybody} compare={state.compare}
        rows={rows.map((row) => ({ ...row, filtered: hasFilter(state.filters, row.filter) }))}
        onFilter={({ key }) => {
          const row = rows.find((other) => other.key === key);
          if (row) onChange({ filters: toggledFilter(state.filters, row.filter) });
        }}
        onPersons={({ key, label }) => data && drill(linePoints(data, query, Number(key), null, label))} />
    </Part>
  );
}

function GrowthCard({ project, state, now }: Omit<ProductHomeProps, 'onChange'>) {
  const query = growthQuery(state, project.timeZone, now);
  const result = useQuery(insightQuery(project.id, query));
  const { data } = result;
  const chart = useMemo(() => (data ? lifecycleChart(data, []) : null), [data]);
  const drill = useDrill();
  return (
    <Card wide title="Growth" testId="card-growth"
      foot={<Link href={insightAddress(project.id, 'lifecycle', carried(formatHome(state)))}>See the lifecycle</Link>}>
      <Part ready={data !== undefined} error={result.error} stale={result.isPlaceholderData} retry={() => void result.refetch()} empty={data && isEmpty(data) ? 'Nobody with a profile was active in this time. Events without one are left out here.' : null}>
        {data && chart && (
          <figure className={styles['growth']}>
            <ul aria-label="What the colours mean">{statuses.map((one) => <li key={one.status}><i style={{ background: one.color }} />{one.label}</li>)}</ul>
            <TrendsChart data={chart} kind="bar" height={240} ongoingFrom={openFrom(data)} onSelect={(bucket, key) => drillAt(drill, statusPoints(data, query, [], bucket), key)} />
            <figcaption><Hidden>{summarise(chart)}</Hidden></figcaption>
          </figure>
        )}
      </Part>
    </Card>
  );
}
