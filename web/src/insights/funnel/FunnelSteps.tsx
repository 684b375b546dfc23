import type { FunnelQuery, FunnelResult } from '../../api/types';
import { formatNumber, plural } from '../../lib/format';
import { formatDuration, formatShare } from '../../lib/rates';
import styles from '../insight.module.css';
import own from './funnel.module.css';
import { stepLooks, type Bar } from './picture';

/** The steps one under the other, each as long as the share of persons who came so far; hatched is who was lost since the step before. */
export function FunnelSteps({ result, query, hidden }: { result: FunnelResult; query: FunnelQuery; hidden: readonly string[] }) {
  const steps = stepLooks(result, query, hidden);
  const alone = query.breakdown === null;
  return (
    <div className={styles['figure']}>
      {alone && <Headline result={result} query={query} />}
      <ol className={own['picture']} data-testid="funnel-steps">
        {steps.map((step, index) => (
          <li key={step.number}>
            <div className={own['title']}>
              <i aria-hidden="true">{step.number}</i>
              <h3>{step.title}</h3>
              {step.where !== '' && <span>{step.where}</span>}
              {step.optional && <em>optional</em>}
            </div>
            {step.bars.map((bar) => alone
              ? <Single key={bar.key} bar={bar} first={index === 0} />
              : <OneOfSeveral key={bar.key} bar={bar} />)}
          </li>
        ))}
      </ol>
    </div>
  );
}

function Headline({ result, query }: { result: FunnelResult; query: FunnelQuery }) {
  const [all] = result.series;
  if (!all) return null;
  const median = all.steps?.at(-1)?.medianSecondsFromFirst;
  return (
    <dl className={own['headline']}>
      <div>
        <dt>Conversion</dt>
        <dd>{formatShare(all.conversion)}</dd>
        <dd className={own['note']}>{formatNumber(all.converted)} of {plural(all.entered, 'person')}</dd>
      </div>
      <div>
        <dt>Median time</dt>
        <dd>{formatDuration(median)}</dd>
        <dd className={own['note']}>from the first step to the last</dd>
      </div>
      <div>
        <dt>May still convert</dt>
        <dd>{formatNumber(all.truncated)}</dd>
        <dd className={own['note']}>their time is not over yet</dd>
      </div>
      {query.exclusions.length > 0 && (
        <div>
          <dt>Taken out</dt>
          <dd>{formatNumber(all.excluded)}</dd>
          <dd className={own['note']}>by an exclusion</dd>
        </div>
      )}
    </dl>
  );
}

function Single({ bar, first }: { bar: Bar; first: boolean }) {
  return (
    <div className={own['single']}>
      <Track bar={bar} />
      <p className={own['numbers']}>
        <span><b>{formatNumber(bar.persons)}</b> {bar.persons === 1 ? 'person' : 'persons'}{!first && <> · {formatShare(bar.share)} of all</>}</span>
        {!first && (
          <span className={own['note']}>
            {formatShare(bar.fromPrevious)} went on{bar.medianSeconds !== null && <>, half of them within {formatDuration(bar.medianSeconds)}</>} · {formatNumber(bar.droppedOff)} dropped off
          </span>
        )}
      </p>
    </div>
  );
}

function OneOfSeveral({ bar }: { bar: Bar }) {
  return (
    <div className={own['several']}>
      <span className={own['name']} title={bar.label}><i style={{ background: bar.color }} />{bar.label}</span>
      <Track bar={bar} />
      <span className={own['amount']}>{formatNumber(bar.persons)}</span>
      <b className={own['amount']}>{formatShare(bar.share)}</b>
    </div>
  );
}

function Track({ bar }: { bar: Bar }) {
  return (
    <div className={own['track']} aria-hidden="true" style={{ color: bar.color }}>
      <i className={own['lost']} style={{ width: `${String(bar.before * 100)}%` }} />
      <i className={own['kept']} style={{ width: `${String(bar.share * 100)}%` }} />
    </div>
  );
}
