import { lazy, Suspense } from 'react';
import type { TrendsQuery, TrendsResult } from '../../api/types';
import { formatValue, otherValue, type ChartData } from '../../charts/series';
import { drillAt, leads, useDrill } from '../../persons/drill';
import { trendPoint } from './points';
import { mapUnit } from './state';
import own from './tile.module.css';

const WorldMap = lazy(() => import('../../charts/WorldMap'));

interface TrendsMapProps {
  answer: TrendsResult;
  query: TrendsQuery;
  data: ChartData;
  /** In pixels; the map is as wide as that and its shape allow. */
  height: number;
}

/** The first series over the whole range, by country. */
export function TrendsMap({ answer, query, data, height }: TrendsMapProps) {
  const drill = useDrill();
  const rows = answer.series.flatMap((one, index) => (one.series === 0 && one.breakdown !== otherValue ? [{ code: one.breakdown ?? null, value: one.total ?? 0, index }] : []));
  const select = (code: string) => {
    const row = rows.find((one) => one.code === code);
    const point = row && trendPoint(answer, query, data, row.index, null);
    if (point) drillAt(drill, [{ key: code, point }], code);
  };
  return (
    <div className={own['map']}>
      <Suspense fallback={<div style={{ height }} />}>
        <WorldMap values={rows} height={height} unit={mapUnit(query)} whole={data.additive ? rows.reduce((sum, one) => sum + one.value, 0) : null} format={(value) => formatValue(data, value)}
          does="for the persons" onSelect={leads(drill) ? select : undefined} />
      </Suspense>
    </div>
  );
}
