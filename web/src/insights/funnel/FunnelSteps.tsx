import type { FunnelQuery, FunnelResult } from '../../api/types';
import { formatNumber, plural } from '../../lib/format';
import { formatDuration, formatShare } from '../../lib/rates';
import { leads, useDrill } from '../../persons/drill';
import { useCells } from '../../ui/cells';
import { classes } from '../../ui/classes';
import { Cell } from '../shared/Cell';
import { counted } from '../shared/unit';
import styles from '../insight.module.css';
import own from './funnel.module.css';
import { stepLooks, type Bar } from './picture';
import { stepPoint } from './points';

/** Shows who came to a step, or who was lost before it. */
type Open = (droppedOff: boolean) => void;

/** The steps one under the other, each as long as the share of persons who came so far; hatched is who was lost since the step before. */
export function FunnelSteps({ result, query, hidden, compact = false }: { result: FunnelResult; query: FunnelQuery; hidden: readonly string[]; compact?: boolean }) {
  const steps = stepLooks(result, query, hidden);
  const alone = query.breakdown === null;
  const cells = useCells<HTMLOListElement>();
  const drill = useDrill();
  const open = (bar: Bar, index: number): Open | undefined => (leads(drill)
    ? (droppedOff) => {
        const point = stepPoint(result, query, bar, index, droppedOff);
        if (point) drill([point]);
      }
    : undefined);
  return (
    <div className={classes(styles['figure'], compact && own['compact'])}>
      {alone && <Headline result={result} query={query} />}
      <ol {...cells} className={own['picture']} data-testid="funnel-steps">
        {steps.map((step, index) => (
          <li key={step.number}>
            <div className={own['title']}>
              <i aria-hidden="true">{step.number}</i>
              <h3>{step.title}</h3>
              {step.where !== '' && <span>{step.where}</span>}
              {step.optional && <em>optional</em>}
            </div>
            {step.bars.map((bar) => alone
              ? <Single key={bar.key} bar={bar} one={counted(query.unit)} first={index === 0} open={open(bar, index)} />
              : <OneOfSeveral key={bar.key} bar={bar} first={index === 0} open={open(bar, index)} />)}
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
        <dd className={own['note']}>{formatNumber(all.converted)} of {plural(all.entered, counted(query.unit))}</dd>
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

function Single({ bar, one, first, open }: { bar: Bar; one: string; first: boolean; open: Open | undefined }) {
  return (
    <div className={own['single']}>
      <Track bar={bar} first={first} open={open} />
      <p className={own['numbers']}>
        <span><Cell of="Who came so far" onPress={open && bar.persons > 0 ? () => open(false) : undefined}><b>{formatNumber(bar.persons)}</b> {bar.persons === 1 ? one : `${one}s`}</Cell>{!first && <> · {formatShare(bar.share)} of all</>}</span>
        {!first && (
          <span className={own['note']}>
            {formatShare(bar.fromPrevious)} went on{bar.medianSeconds !== null && <>, half of them within {formatDuration(bar.medianSeconds)}</>} · <Cell of="Who dropped off" onPress={open && bar.droppedOff > 0 ? () => open(true) : undefined}>{formatNumber(bar.droppedOff)} dropped off</Cell>
          </span>
        )}
      </p>
    </div>
  );
}

function OneOfSeveral({ bar, first, open }: { bar: Bar; first: boolean; open: Open | undefined }) {
  return (
    <div className={own['several']}>
      <span className={own['name']} title={bar.label}><i style={{ background: bar.color }} />{bar.label}</span>
      <Track bar={bar} first={first} open={open} />
      <span className={own['amount']}><Cell of={`${bar.label}, who came so far`} onPress={open && bar.persons > 0 ? () => open(false) : undefined}>{formatNumber(bar.persons)}</Cell></span>
      <b className={own['amount']}>{formatShare(bar.share)}</b>
    </div>
  );
}

/** The bar, whose two parts can be pressed as the numbers beside it can. */
function Track({ bar, first, open }: { bar: Bar; first: boolean; open: Open | undefined }) {
  /* eslint-disable jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions -- the numbers are the buttons for the keyboard */
  return (
    <div className={own['track']} aria-hidden="true" style={{ color: bar.color }}>
      <i className={own['lost']} title={first ? undefined : `${formatNumber(bar.droppedOff)} dropped off${open ? ': show them' : ''}`} style={{ width: `${String(bar.before * 100)}%` }}
        onClick={!open || first || bar.droppedOff === 0 ? undefined : () => open(true)} />
      <i className={own['kept']} title={`${formatNumber(bar.persons)} came so far${open ? ': show them' : ''}`} style={{ width: `${String(bar.share * 100)}%` }}
        onClick={!open || bar.persons === 0 ? undefined : () => open(false)} />
    </div>
  );
  /* eslint-enable */
}
