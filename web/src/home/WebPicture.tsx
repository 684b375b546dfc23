import { lazy, Suspense, useState } from 'react';
import type { TileLook, WebList, WebQuery, WebResult } from '../api/types';
import { ongoingFrom } from '../charts/ongoing';
import { summarise } from '../charts/series';
import { TrendsChart } from '../charts/TrendsChart';
import { ChartFigure } from '../insights/shared/ChartFigure';
import { drillAt, leads, useDrill } from '../persons/drill';
import { BarList } from './BarList';
import { KeyNumbers } from './KeyNumbers';
import { byKey, byOf, listOf, rowKey, valueLabel } from './lists';
import { webChart, webMetrics, webNumber, type WebMetric } from './metrics';
import { rowPoints, visitorPoints } from './points';
import { Vitals } from './Vitals';
import styles from './WebPicture.module.css';

const WorldMap = lazy(() => import('../charts/WorldMap'));

interface WebPictureProps {
  answer: WebResult;
  query: WebQuery;
  look: TileLook;
  /** In pixels. */
  room: number;
}

/** The parts of the web view that were asked for, where there is little room: the key numbers with the course of one of them, lists, web vitals. */
export default function WebPicture({ answer, query, look, room }: WebPictureProps) {
  const [chosen, setChosen] = useState<WebMetric | null>(null);
  const metric = webMetrics.find((one) => one.key === (chosen ?? look.figure)) ?? webMetrics[0];
  const drill = useDrill();
  if (!metric) return null;
  const chart = look.display === 'number' ? null : webChart(answer, metric);
  const alone = query.lists.length === 0 && !query.parts.includes('vitals');
  return (
    <div className={styles['tile']} data-testid="web-picture">
      {answer.totals && <KeyNumbers small metrics={webMetrics} chosen={chart ? metric.key : null} compare={query.compare} number={(key) => webNumber(answer, key)} onChoose={chart ? setChosen : undefined} />}
      {chart && (
        <ChartFigure height={alone ? undefined : Math.max(room - 150, 160)} summary={summarise(chart)}>
          {(height) => (
            <TrendsChart data={chart} kind={look.display === 'bar' ? 'bar' : 'line'} height={height} ongoingFrom={ongoingFrom(chart.buckets, chart.interval, answer.computedAt)}
              onSelect={leads(drill) ? (bucket) => drillAt(drill, visitorPoints(answer, query, bucket).map((point) => ({ key: metric.key, point })), null) : undefined} />
          )}
        </ChartFigure>
      )}
      {(answer.lists ?? []).map((list) => <List key={byKey(byOf(list))} answer={answer} query={query} list={list} map={look.display === 'map' && list.by === 'country'} room={room} />)}
      {answer.vitals && <div className={styles['tilePart']}><Vitals answer={answer} found={answer.vitals} query={query} /></div>}
    </div>
  );
}

function List({ answer, query, list, map, room }: { answer: WebResult; query: WebQuery; list: WebList; map: boolean; room: number }) {
  const drill = useDrill();
  const by = byOf(list);
  const tab = listOf(by);
  const [one, none] = [tab?.one ?? byKey(by).replaceAll('_', ' '), tab?.none ?? 'None'];
  const label = (value: string | null) => valueLabel(tab?.property ?? '', value, none);
  const everybody = answer.totals?.visitors ?? null;
  const open = leads(drill) ? (key: string) => {
    const row = list.rows.find((each) => rowKey(each) === key);
    if (row) drill(rowPoints(answer, query, by, row, label(row.value)));
  } : undefined;
  if (map) {
    return (
      <div className={styles['tilePart']}>
        <Suspense fallback={<div style={{ height: room }} />}>
          <WorldMap unit="visitors" whole={everybody} height={room} values={list.rows.map((row) => ({ code: row.value, value: row.visitors }))} does="for the persons" onSelect={open && ((code) => open(`=${code}`))} />
        </Suspense>
      </div>
    );
  }

  return (
    <div className={styles['tilePart']}>
      <BarList whole one={one} what="Visitors" everybody={everybody} compare={query.compare} onPersons={open && (({ key }) => open(key))}
        rows={list.rows.map((row) => ({
          key: rowKey(row), label: label(row.value), persons: row.visitors, before: row.compare?.visitors ?? null, events: row.events ?? null, filtered: false,
        }))} />
    </div>
  );
}
