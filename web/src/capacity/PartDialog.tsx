import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { noValue } from '../lib/format';
import { Segments } from '../ui/controls';
import { Dialog } from '../ui/dialog';
import { ErrorState, Skeleton } from '../ui/states';
import type { ChainPart } from './chain';
import common from './common.module.css';
import { HistoryChart } from './HistoryChart';
import styles from './PartDialog.module.css';
import { historyQuery } from './queries';
import type { HistoryRange, ResourceReport } from './types';
import { formatAmount, formatDemand, formatPair, formatPercent, formatRate, formatTimes, resourceMeans, resourceName, partTerms, saturationText, terms, type Term } from './words';

const ranges: readonly { value: HistoryRange; label: string }[] = [
  { value: 'hour', label: 'Hour' },
  { value: 'day', label: 'Day' },
  { value: 'week', label: 'Week' },
  { value: 'year', label: 'Year' },
];

/** What a part is made of, how each piece is and how it was. Where there are several processes each piece says whose it is. */
export function PartDialog({ part, several, onClose }: { part: ChainPart; several: boolean; onClose: () => void }) {
  const [range, setRange] = useState<HistoryRange>('hour');
  return (
    <Dialog side title={part.name} onClose={onClose} testId="part-dialog">
      <div className={styles['pieces']}>
        <Segments label="History of" value={range} options={ranges} onChange={setRange} />
        {part.resources.map((one) => <Piece key={`${one.process ?? ''} ${one.name}`} resource={one} process={several ? one.process : undefined} first={part.binds.some((bind) => bind.resource === one.name)} range={range} />)}
      </div>
    </Dialog>
  );
}

function Piece({ resource, process, first, range }: { resource: ResourceReport; process: string | undefined; first: boolean; range: HistoryRange }) {
  const id = useId();
  const unit = resource.flow === 'queries' ? 'queries/s' : 'events/s';
  return (
    <section className={styles['piece']} aria-labelledby={id} data-testid={`resource-${resource.name}`}>
      <header>
        <h3 id={id}>{resourceName(resource.name)}</h3>
        {first && <span className={common['first']}>breaks first</span>}
        <p>{process !== undefined && <><b>{process}</b> · </>}{resourceMeans(resource.name)}</p>
      </header>
      <History resource={resource.name} range={range} process={process} />
      <dl>
        <Figure term="utilisation" text={formatPercent(resource.utilisation)} />
        <Figure term="saturation" text={saturationText(resource)} />
        <Figure term="errors" text={resource.errorsPerSecond === 0 ? 'None' : `${formatRate(resource.errorsPerSecond)}/s`} />
        {!roomy.includes(resource.kind) && <Figure term="throughput" text={`${formatRate(resource.throughput)} ${unit}`} />}
        {resource.serviceDemand !== null && <Figure term="serviceDemand" text={formatDemand(resource.serviceDemand)} />}
        <Figure term="ceiling" text={resource.ceiling === null ? noValue : formatAmount(resource.ceiling.value, resource.flow === 'storage' ? 'bytes' : unit)}
          small={resource.ceiling === null ? 'It has none, or too little passed it.' : rangeText(resource)} />
        {resource.headroom !== null && <Figure term="headroom" text={formatTimes(resource.headroom)} />}
      </dl>
    </section>
  );
}

/** Nothing passes what only has room. */
const roomy: readonly ResourceReport['kind'][] = ['memory', 'space'];

function rangeText({ ceiling, flow }: ResourceReport): string | undefined {
  if (ceiling === null || ceiling.low === ceiling.high) return undefined;
  return `most likely ${formatPair(ceiling.low, ceiling.high, flow === 'storage' ? 'bytes' : '', '–')}`;
}

function Figure({ term, text, small }: { term: Term; text: string; small?: string | undefined }) {
  return (
    <div>
      <dt>{terms[term][0]}</dt>
      <dd>
        <b>{text}</b>
        {small !== undefined && <small>{small}</small>}
        <span>{partTerms[term] ?? terms[term][1]}</span>
      </dd>
    </div>
  );
}

function History({ resource, range, process }: { resource: string; range: HistoryRange; process: string | undefined }) {
  const { data, error, isPending, isPlaceholderData, refetch } = useQuery(historyQuery(resource, range, process));
  if (isPending) return <Skeleton height={120} />;
  if (!data) return <ErrorState title="The history could not be read" error={error} retry={() => void refetch()} />;
  return <div data-stale={isPlaceholderData}><HistoryChart points={data.points} range={range} name={resourceName(resource)} /></div>;
}
