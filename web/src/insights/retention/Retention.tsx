import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { insightQuery } from '../../api/queries';
import type { Project } from '../../api/types';
import { Select } from '../../ui/controls';
import ui from '../../ui/ui.module.css';
import { RangePicker } from '../../views/RangePicker';
import styles from '../insight.module.css';
import { useAddress } from '../shared/address';
import { activityIntervals, type ActivityInterval } from '../shared/activity';
import { Answer } from '../shared/Answer';
import { NameField } from '../shared/NameField';
import { useToday } from '../shared/today';
import { UnitSelect } from '../shared/UnitSelect';
import { isEmpty } from './picture';
import own from './retention.module.css';
import { RetentionEditor } from './RetentionEditor';
import { RetentionTable } from './RetentionTable';
import { formatRetention, parseBrackets, parseRetention, toRetentionQuery, withRange, type RetentionState } from './state';

const lookAheads: readonly number[] = [4, 7, 12, 14, 30, 60];

export default function RetentionView({ project }: { project: Project }) {
  const [state, setState] = useAddress(parseRetention, formatRetention);
  const now = useToday(project.timeZone);
  // Which series is shown is no part of the question.
  const address = formatRetention({ ...state, shown: null });
  const query = useMemo(() => toRetentionQuery(parseRetention(address), project.timeZone, now), [address, project.timeZone, now]);
  const result = useQuery(insightQuery(project.id, query));
  const update = (changed: Partial<RetentionState>) => setState({ ...state, ...changed });
  return (
    <>
      <RetentionEditor project={project} state={state} onChange={update} />
      <section className={ui['card']} aria-label="Result">
        <div className={styles['toolbar']}>
          <RangePicker range={state.range} timeZone={project.timeZone} onChange={(range) => setState(withRange(state, range))} />
          <Select label="Interval" className={styles['interval']} value={state.interval} data-testid="interval"
            onChange={(event) => update({ interval: event.target.value as ActivityInterval })}>
            {activityIntervals(state.range).map((one) => <option key={one} value={one}>by {one}</option>)}
          </Select>
          <Select label="How far to look" className={styles['interval']} value={state.brackets.length > 0 ? 'brackets' : state.intervals} data-testid="look-ahead"
            onChange={({ target: { value } }) => update(value === 'brackets' ? { brackets: [1, 3, 7, 14, 30] } : { brackets: [], intervals: Number(value) })}>
            {[...new Set([...lookAheads, state.intervals])].sort((a, b) => a - b).map((one) => <option key={one} value={one}>{one} {state.interval}s after</option>)}
            <option value="brackets">in brackets</option>
          </Select>
          {state.brackets.length > 0 && <Brackets key={state.brackets.join()} brackets={state.brackets} interval={state.interval} onChange={(brackets) => update({ brackets })} />}
          <UnitSelect project={project.id} unit={state.unit} onChange={(unit) => update({ unit })} />
        </div>
        <Answer project={project} query={query} result={result} testId="retention-result" empty="Nobody did what a person starts with. Try a longer range or fewer filters."
          picture={(data) => !isEmpty(data) && <RetentionTable result={data} query={query} shown={state.shown} onShow={(shown) => update({ shown })} />}
          table={() => null} />
      </section>
    </>
  );
}

/** Where each bracket ends, as a list of numbers. What is none is not taken over. */
function Brackets({ brackets, interval, onChange }: { brackets: readonly number[]; interval: ActivityInterval; onChange: (brackets: number[]) => void }) {
  const text = brackets.join(', ');
  return (
    <NameField name={text} label={`Brackets end at these ${interval}s`} focus={false} placeholder="1, 3, 7" className={own['brackets']} onChange={(typed) => {
      const next = parseBrackets(typed);
      if (next && next.length > 0 && next.join() !== brackets.join()) onChange(next);
    }} />
  );
}
