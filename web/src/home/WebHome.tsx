import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { insightQuery } from '../api/queries';
import type { Project } from '../api/types';
import { Waiting } from '../insights/shared/Waiting';
import { useDrill } from '../persons/drill';
import { Cards } from './Card';
import { KeyNumbers } from './KeyNumbers';
import { ListCard } from './ListCard';
import { cards, tabOf, type TabKey } from './lists';
import { LiveStrip } from './LiveStrip';
import { webChart, webMetrics, webNumber } from './metrics';
import { Overview } from './Overview';
import { visitorPoints } from './points';
import { PropertyCard } from './PropertyCard';
import { overviewQuery, withRange, type HomeState } from './state';
import { VitalsCard } from './VitalsCard';

interface WebHomeProps {
  project: Project;
  state: HomeState;
  now: Date;
  /** Whether pages are measured. */
  vitals: boolean;
  onChange: (changed: Partial<HomeState>) => void;
}

export function WebHome({ project, state, now, vitals, onChange }: WebHomeProps) {
  const query = overviewQuery(state, project.timeZone, now);
  const question = insightQuery(project.id, query);
  const result = useQuery(question);
  const { data } = result;
  const metric = webMetrics.find((one) => one.key === state.web) ?? webMetrics[0];
  const chart = useMemo(() => (data && metric ? webChart(data, metric) : null), [data, metric]);
  const drill = useDrill();
  const everybody = data?.totals?.visitors ?? null;
  return (
    <>
      <Overview project={project} query={query} chart={chart} answer={data} error={result.error} stale={result.isPlaceholderData} waiting={<Waiting of={question.queryKey} result={result} />} fetching={result.isFetching}
        onRange={(range) => onChange(withRange(state, range))} range={state.range} interval={state.interval} compare={state.compare} onInterval={(interval) => onChange({ interval })} onRefresh={() => void result.refetch()}
        onSelect={(bucket) => data && drill(visitorPoints(data, query, bucket))}
        numbers={<KeyNumbers metrics={webMetrics} chosen={state.web} compare={state.compare} number={(key) => webNumber(data, key)} onChoose={(web) => onChange({ web })} />} />
      <LiveStrip project={project} who="online" />
      <Cards>
        {cards.map(({ key, title, together, tabs }) => {
          const tab = tabOf(state.tabs[key]);
          return (
            <ListCard<TabKey> key={key} project={project} title={title} tabs={tabs} tab={tab} together={together && tab.by === tabs[0].by} testId={`card-${key}`} state={state} now={now}
              overview={result} everybody={everybody} onChoose={(chosen) => onChange({ tabs: { ...state.tabs, [key]: chosen } })} onChange={onChange} />
          );
        })}
        <PropertyCard project={project} state={state} now={now} overview={result} everybody={everybody} onChange={onChange} />
        {vitals && <VitalsCard project={project} state={state} now={now} />}
      </Cards>
    </>
  );
}
