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
import { useToday } from '../shared/today';
import { isEmpty } from './picture';
import { RetentionEditor } from './RetentionEditor';
import { RetentionTable } from './RetentionTable';
import { formatRetention, parseRetention, toRetentionQuery, withRange, type RetentionState } from './state';

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
          <Select label="How far to look" className={styles['interval']} value={state.intervals} onChange={(event) => update({ intervals: Number(event.target.value) })}>
            {[...new Set([...lookAheads, state.intervals])].sort((a, b) => a - b).map((one) => <option key={one} value={one}>{one} {state.interval}s after</option>)}
          </Select>
        </div>
        <Answer result={result} testId="retention-result" empty="Nobody did what a person starts with. Try a longer range or fewer filters."
          picture={(data) => !isEmpty(data) && <RetentionTable result={data} query={query} shown={state.shown} onShow={(shown) => update({ shown })} />}
          table={() => null} />
      </section>
    </>
  );
}
