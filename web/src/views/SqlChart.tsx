import { useMemo, useState } from 'react';
import { Plot } from '../charts/TrendsChart';
import { formatValue, summarise, toggled } from '../charts/series';
import { useWidth } from '../charts/useWidth';
import { Legend } from '../insights/shared/Legend';
import { formatNumber } from '../lib/format';
import type { SqlPicture } from '../lib/sqlChart';
import { Hidden } from '../ui/controls';
import styles from './Sql.module.css';

const height = 320;

/** The rows of a statement as lines over time, or as a ranking. */
export default function SqlChart({ picture }: { picture: SqlPicture }) {
  return picture.kind === 'time' ? <OverTime picture={picture} /> : <Ranking picture={picture} />;
}

function OverTime({ picture }: { picture: Extract<SqlPicture, { kind: 'time' }> }) {
  const [frame, width] = useWidth<HTMLDivElement>();
  const [hidden, setHidden] = useState<readonly string[]>([]);
  const data = useMemo(() => ({ ...picture.data, series: picture.data.series.map((one) => ({ ...one, hidden: hidden.includes(one.key) })) }), [picture.data, hidden]);
  return (
    <>
      <Legend onToggle={(key) => setHidden(toggled(data, key))} entries={data.series.map((one) => ({ ...one, text: formatValue(data, one.total), change: null }))} />
      <figure className={styles['figure']}>
        <div ref={frame} style={{ minHeight: height }}>
          {width > 0 && <Plot data={data} kind="line" height={height} width={width} ongoingFrom={data.buckets.length} />}
        </div>
        <figcaption><Hidden>{summarise(data)}</Hidden></figcaption>
      </figure>
    </>
  );
}

function Ranking({ picture }: { picture: Extract<SqlPicture, { kind: 'ranking' }> }) {
  const most = Math.max(...picture.rows.map((one) => Math.abs(one.value)), Number.MIN_VALUE);
  return (
    <table className={styles['ranking']}>
      <thead><tr><th scope="col">{picture.name}</th><th scope="col">{picture.value}</th></tr></thead>
      <tbody>
        {picture.rows.map((one, index) => (
          <tr key={index}>
            <th scope="row" title={one.label}><i aria-hidden="true" style={{ width: `${String((100 * Math.max(one.value, 0)) / most)}%` }} /><span>{one.label}</span></th>
            <td>{formatNumber(one.value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
