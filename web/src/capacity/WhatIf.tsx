import { useQuery } from '@tanstack/react-query';
import { useEffect, useId, useState, type CSSProperties, type KeyboardEvent } from 'react';
import { formatMilliseconds, formatNumber, noValue } from '../lib/format';
import { classes } from '../ui/classes';
import { SelectField } from '../ui/controls';
import { Icon } from '../ui/icons';
import { ErrorState, Skeleton } from '../ui/states';
import ui from '../ui/ui.module.css';
import common from './common.module.css';
import { dials, firstPlan, fromSlider, nudge, parseTyped, providers, rateOf, sliderSteps, toSlider, type Dial } from './plan';
import { planQuery } from './queries';
import { Section } from './Section';
import type { Plan, PlanRequest, Provider } from './types';
import styles from './WhatIf.module.css';
import { busyOf, formatMoney, formatPercent, formatRate, resourceName } from './words';

/** What a load would need, from what this server was measured to take. */
export function WhatIf() {
  const [asked, setAsked] = useState<PlanRequest>(firstPlan);
  const settled = useSettled(asked, 350);
  const { data, error, isPlaceholderData, refetch } = useQuery(planQuery(settled));
  const waiting = settled !== asked || isPlaceholderData;
  const { perDay, peakPerSecond } = rateOf(asked);
  return (
    <Section title="What if" lead="Slide to a load that you expect, or type it. What it would need follows from what this server was measured to take." explains={['peak', 'utilisation', 'p99']} testId="what-if">
      <div className={styles['whatIf']}>
        <form className={styles['dials']} onSubmit={(event) => event.preventDefault()}>
          {dials.map((dial) => <DialField key={dial.key} dial={dial} value={asked[dial.key]} onChange={(value) => setAsked({ ...asked, [dial.key]: value })} />)}
          <SelectField label="Prices of" value={asked.provider} onChange={(event) => setAsked({ ...asked, provider: event.target.value as Provider })}>
            {providers.map((one) => <option key={one.value} value={one.value}>{one.label}</option>)}
          </SelectField>
          <p className={common['note']}>That is {formatRate(perDay)} events a day, and {formatRate(peakPerSecond)} a second when it is busiest.</p>
        </form>
        <div className={styles['planned']} aria-busy={waiting} data-stale={waiting} data-testid="plan">
          {error ? <ErrorState title="This could not be planned" error={error} retry={() => void refetch()} />
            : data ? <Planned plan={data} />
              : <Skeleton height={260} />}
        </div>
      </div>
    </Section>
  );
}

/** A value once it has not changed for some milliseconds. */
function useSettled<T>(value: T, milliseconds: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(value), milliseconds);
    return () => window.clearTimeout(timer);
  }, [value, milliseconds]);
  return settled;
}

/** A slider, and the same value as text. */
function DialField({ dial, value, onChange }: { dial: Dial; value: number; onChange: (value: number) => void }) {
  const id = useId();
  const [typed, setTyped] = useState<string | null>(null);
  const wrong = typed !== null && parseTyped(dial, typed) === null;
  const text = typed ?? formatNumber(value);
  const slide = (to: number) => {
    setTyped(null);
    onChange(to);
  };
  const press = (event: KeyboardEvent) => {
    const steps = keySteps[event.key];
    if (steps === undefined) return;
    event.preventDefault();
    slide(nudge(dial, value, steps));
  };
  return (
    <div className={styles['dial']} data-testid={`dial-${dial.key}`}>
      <label htmlFor={id}>{dial.label}</label>
      {wrong
        ? <small id={`${id}-problem`} data-wrong="true">From {formatNumber(dial.least)} to {formatNumber(dial.most)}{dial.whole ? ', whole' : ''}.</small>
        : <small id={`${id}-hint`}>{dial.hint}</small>}
      <span className={styles['typed']}>
        <input id={id} className={ui['input']} type="text" inputMode={dial.whole ? 'numeric' : 'decimal'} autoComplete="off" value={text} aria-invalid={wrong}
          aria-describedby={wrong ? `${id}-problem` : `${id}-hint`}
          onFocus={(event) => event.target.select()}
          onChange={(event) => {
            setTyped(event.target.value);
            const found = parseTyped(dial, event.target.value);
            if (found !== null) onChange(found);
          }}
          onBlur={() => !wrong && setTyped(null)} />
      </span>
      <input className={styles['slider']} type="range" min={0} max={sliderSteps} step={1} value={toSlider(dial, value)} aria-label={`${dial.label}, slider`}
        aria-valuetext={`${formatNumber(value)} ${dial.unit}`.trim()} onChange={(event) => slide(fromSlider(dial, Number(event.target.value)))} onKeyDown={press}
        style={{ '--at': `${String((100 * toSlider(dial, value)) / sliderSteps)}%` } as CSSProperties} />
    </div>
  );
}

const keySteps: Readonly<Record<string, number>> = { ArrowRight: 10, ArrowUp: 10, ArrowLeft: -10, ArrowDown: -10, PageUp: 100, PageDown: -100 };

export function Planned({ plan }: { plan: Plan }) {
  return (
    <>
      <div className={styles['topology']} data-fits={plan.fits} aria-live="polite">
        <span><Icon name={plan.fits ? 'check' : 'warning'} />{plan.fits ? 'This version does that' : 'This version lacks something for it'}</span>
        <p>{plan.topology}</p>
      </div>
      <dl className={styles['totals']}>
        <div><dt>A month</dt><dd>{plan.monthlyCost === null ? noValue : formatMoney(plan.monthlyCost)}</dd></div>
        <div><dt>Disk</dt><dd>{plan.diskGigabytes >= 1000 ? `${formatRate(plan.diskGigabytes / 1000)} TB` : `${formatRate(plan.diskGigabytes)} GB`}</dd></div>
      </dl>
      {plan.parts.length > 0 && (
        // The machine last: a phone has no room for it. A scrolling region must be reachable by keyboard.
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div className={styles['partsScroll']} tabIndex={0} role="region" aria-label="Parts of the plan">
          <table className={styles['partsTable']} data-testid="plan-parts">
            <thead>
              <tr><th scope="col">Part</th><th scope="col">Utilisation</th><th scope="col">P99</th><th scope="col">Machine</th></tr>
            </thead>
            <tbody>
              {plan.parts.map((one) => (
                <tr key={one.name}>
                  <th scope="row">{resourceName(one.name)}</th>
                  <td data-busy={busyOf(one.utilisation)}>
                    <span className={classes(common['meter'], styles['share'])} data-busy={busyOf(one.utilisation)} aria-hidden="true"><i style={{ width: `${String(Math.min(1, one.utilisation) * 100)}%` }} /></span>
                    {formatPercent(one.utilisation)}
                  </td>
                  <td>{one.p99Milliseconds === null ? noValue : formatMilliseconds(one.p99Milliseconds)}</td>
                  <td>{one.count > 1 && `${formatNumber(one.count)} × `}{formatNumber(one.virtualProcessors)} vCPU, {formatNumber(one.memoryGigabytes)} GB</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {plan.walls.length > 0 && <List title="What breaks next" of={plan.walls} />}
      {plan.costBasis !== null && <p className={common['note']}>Price: {plan.costBasis}</p>}
      {plan.notes.length > 0 && (
        <details className={classes(common['more'], styles['why'])}>
          <summary>Why so, and what it rests on</summary>
          <ul>{plan.notes.map((one, index) => <li key={index}>{one}</li>)}</ul>
        </details>
      )}
    </>
  );
}

function List({ title, of }: { title: string; of: readonly string[] }) {
  return (
    <div className={styles['planList']}>
      <h3>{title}</h3>
      <ul>{of.map((one, index) => <li key={index}>{one.charAt(0).toUpperCase() + one.slice(1)}</li>)}</ul>
    </div>
  );
}
