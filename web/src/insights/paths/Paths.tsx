import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { insightQuery } from '../../api/queries';
import type { PathEdge, Project } from '../../api/types';
import { eventLabel, formatNumber } from '../../lib/format';
import { formatDuration } from '../../lib/rates';
import { useDrill } from '../../persons/drill';
import { Select } from '../../ui/controls';
import ui from '../../ui/ui.module.css';
import { RangePicker } from '../../views/RangePicker';
import styles from '../insight.module.css';
import { useAddress } from '../shared/address';
import { Answer } from '../shared/Answer';
import { DataTable } from '../shared/DataTable';
import { useToday } from '../shared/today';
import { UnitSelect } from '../shared/UnitSelect';
import { shownValue } from '../shared/values';
import { PathsEditor } from './PathsEditor';
import { PathsPicture } from './PathsPicture';
import { edgePoint } from './points';
import { edgeCounts, formatPaths, leastSteps, mostSteps, parsePaths, toPathsQuery, type PathsState } from './state';

export default function PathsView({ project }: { project: Project }) {
  const [state, setState] = useAddress(parsePaths, formatPaths);
  const now = useToday(project.timeZone);
  const query = useMemo(() => toPathsQuery(state, project.timeZone, now), [state, project.timeZone, now]);
  const result = useQuery(insightQuery(project.id, query));
  const update = (changed: Partial<PathsState>) => setState({ ...state, ...changed });
  const drill = useDrill();
  return (
    <>
      <PathsEditor project={project} state={state} onChange={update} />
      <section className={ui['card']} aria-label="Result">
        <div className={styles['toolbar']}>
          <RangePicker range={state.range} timeZone={project.timeZone} onChange={(range) => update({ range })} />
          <Select label="How many steps" className={styles['interval']} value={state.steps} data-testid="steps" onChange={(event) => update({ steps: Number(event.target.value) })}>
            {Array.from({ length: mostSteps - leastSteps + 1 }, (_, index) => index + leastSteps).map((one) => <option key={one} value={one}>{one} steps</option>)}
          </Select>
          <Select label="How many edges" className={styles['interval']} value={state.edges} onChange={(event) => update({ edges: Number(event.target.value) })}>
            {edgeCounts.map((one) => <option key={one} value={one}>top {one}</option>)}
          </Select>
          <UnitSelect project={project.id} unit={state.unit} onChange={(unit) => update({ unit })} />
        </div>
        <Answer project={project} query={query} result={result} testId="paths-result"
          empty="Nobody went from one step to another. Try a longer range, fewer filters, or other kinds of steps."
          picture={(data) => data.edges.length > 0 && <PathsPicture answer={data} query={query} shown={state.shown} onShow={(shown) => update({ shown })} editing={{ state, onChange: update }} />}
          table={(data) => {
            const value = shownValue(data.series, state.shown);
            return <EdgesTable edges={(value ?? data).edges} onSelect={(edge) => drill([edgePoint(data, query, edge, value)])} />;
          }} />
      </section>
    </>
  );
}

function EdgesTable({ edges, onSelect }: { edges: readonly PathEdge[]; onSelect: (edge: PathEdge) => void }) {
  return (
    <DataTable rows={edges} rowKey={(edge) => `${String(edge.step)} ${edge.from} → ${edge.to}`} fileName="paths.csv" testId="paths-table" note="times in the file are in seconds"
      columns={[
        { label: 'From', text: (edge) => eventLabel(edge.from), value: (edge) => edge.from },
        { label: 'To', left: true, text: (edge) => eventLabel(edge.to), value: (edge) => edge.to },
        { label: 'Step', text: (edge) => edge.step, value: (edge) => edge.step },
        { label: 'Ways', strong: true, text: (edge) => formatNumber(edge.count), value: (edge) => edge.count, press: (edge) => () => onSelect(edge) },
        { label: 'Mean time', text: (edge) => formatDuration(edge.meanSeconds), value: (edge) => edge.meanSeconds },
      ]} />
  );
}
