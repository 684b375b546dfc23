import type { SessionsQuery, SessionsResult } from '../../api/types';
import { formatUnit } from '../../charts/series';
import { leads, useDrill } from '../../persons/drill';
import { DataTable, type Column } from '../shared/DataTable';
import { lineKey, lineLabel, sessionsPoint, type SessionsLine } from './chart';
import { byLabel, metrics, type SessionMetric } from './state';

/** All figures of each line over the whole range, beside those of the period before. */
export function SessionsTable({ result, query, plain = false }: { result: SessionsResult; query: SessionsQuery; plain?: boolean }) {
  const drill = useDrill();
  const press = (series: number, compare: boolean) => {
    const point = sessionsPoint(result, query, series, null, compare);
    return point && leads(drill) ? () => drill([point]) : undefined;
  };
  const column = (key: SessionMetric, compare: boolean): Column<SessionsLine> => {
    const metric = metrics.find((one) => one.key === key);
    const figure = (line: SessionsLine) => (compare ? line.compare?.total[key] : line.total[key]) ?? null;
    return {
      label: `${metric?.label ?? key}${compare ? ' before' : ''}`, value: figure, text: (line) => formatUnit(metric?.unit ?? 'number', figure(line)), strong: key === 'sessions' && !compare,
      ...(key === 'sessions' ? { press: (line: SessionsLine) => (figure(line) ? press(result.series.indexOf(line), compare) : undefined) } : {}),
    };
  };
  const name: Column<SessionsLine> = {
    label: byLabel(query.breakdown) ?? 'Sessions', text: (line) => lineLabel(line, query), value: (line) => line.breakdown ?? lineLabel(line, query),
  };
  return (
    <DataTable rows={result.series} rowKey={lineKey} fileName="sessions.csv" testId="sessions-table" plain={plain} note="durations in the file are in seconds"
      columns={[name, ...metrics.flatMap(({ key }) => (query.compare ? [column(key, false), column(key, true)] : [column(key, false)]))]} />
  );
}
