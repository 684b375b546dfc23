import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { insightQuery } from '../api/queries';
import type { Project } from '../api/types';
import { Waiting } from '../insights/shared/Waiting';
import { useDrill } from '../persons/drill';
import styles from './home.module.css';
import { KeyNumbers } from './KeyNumbers';
import { ListCard } from './ListCard';
import { cards } from './lists';
import { LiveStrip } from './LiveStrip';
import { webChart, webMetrics, webNumber } from './metrics';
import { Overview } from './Overview';
import { visitorPoints } from './points';
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
  return (
    <>
      <Overview project={project} query={query} chart={chart} answer={data} error={result.error} stale={result.isPlaceholderData} waiting={<Waiting of={question.queryKey} result={result} />} fetching={result.isFetching}
        onRange={(range) => onChange(withRange(state, range))} range={state.range} interval={state.interval} compare={state.compare} onInterval={(interval) => onChange({ interval })} onRefresh={() => void result.refetch()}
        onSelect={(bucket) => data && drill(visitorPoints(data, query, bucket))}
        numbers={<KeyNumbers metrics={webMetrics} chosen={state.web} compare={state.compare} number={(key) => webNumber(data, key)} onChoose={(web) => onChange({ web })} />} />
      <LiveStrip project={project} who="online" />
      <div className={styles['cards']}>
        {cards.map((card) => (
          <ListCard key={card.key} project={project} card={card} state={state} now={now} overview={result} everybody={data?.totals?.visitors ?? null} onChange={onChange} />
        ))}
        {vitals && <VitalsCard project={project} state={state} now={now} />}
      </div>
    </>
  );
}
