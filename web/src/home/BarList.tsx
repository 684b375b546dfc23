import { change, formatChange, formatCompact, formatNumber, plural } from '../lib/format';
import { formatShare } from '../lib/rates';
import { useCells } from '../ui/cells';
import { Hidden } from '../ui/controls';
import styles from './BarList.module.css';
import { verdict } from './metrics';

export interface BarRow {
  key: string;
  label: string;
  /** Persons; what the bar shows. */
  persons: number;
  before: number | null;
  /** Events of it, where they are told. */
  events?: number | null;
  filtered: boolean;
  /** Its name filters nothing. */
  fixed?: boolean;
}

interface BarListProps {
  /** All rows, also where the page is narrow. */
  whole?: boolean;
  rows: readonly BarRow[];
  /** What a row is called, over its column. */
  one: string;
  /** What is counted, over the column of numbers. */
  what: string;
  /** Everybody, of whom a row has a part; null while that is not known. */
  everybody: number | null;
  compare: boolean;
  /** Nothing where the names filter nothing. */
  onFilter?: (row: BarRow) => void;
  /** Nothing where no persons can be shown. */
  onPersons?: ((row: BarRow) => void) | undefined;
}

/** Rows as bars: their names may filter the page, their numbers lead to the persons. One stop for Tab, moved about in by the arrow keys. */
export function BarList({ whole = false, rows, one, what, everybody, compare, onFilter, onPersons }: BarListProps) {
  const cells = useCells<HTMLTableElement>();
  const most = Math.max(...rows.map((row) => row.persons), 1);
  const events = rows.some((row) => typeof row.events === 'number');
  return (
    <table {...cells} className={styles['bars']} data-whole={whole}>
      <thead>
        <tr>
          <th scope="col">{one}</th>
          {events && <th scope="col">Events</th>}
          <th scope="col">{what}</th>
          {compare && !events && <th scope="col"><Hidden>Change on the period before</Hidden></th>}
          {events && <th scope="col" title={`Of all ${what.toLowerCase()}`}>Rate</th>}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const ratio = change(row.persons, row.before);
          const share = everybody === null || everybody === 0 ? null : row.persons / everybody;
          return (
            <tr key={row.key} data-filtered={row.filtered}>
              <th scope="row">
                <i style={{ width: `${String((100 * row.persons) / most)}%` }} aria-hidden="true" />
                {onFilter && row.fixed !== true ? (
                  <button type="button" data-cell tabIndex={-1} aria-pressed={row.filtered} title={row.filtered ? `${row.label}: remove the filter` : `Only ${row.label}${share === null ? '' : `, ${formatShare(share)} of all`}`}
                    onClick={() => onFilter(row)}>
                    {row.label}
                  </button>
                ) : <span title={row.label}>{row.label}</span>}
              </th>
              {events && <td title={plural(row.events ?? 0, 'event')}>{formatCompact(row.events)}</td>}
              <td>
                {onPersons
                  ? <button type="button" data-cell tabIndex={-1} title={`${formatNumber(row.persons)}: show the persons`} onClick={() => onPersons(row)}>{formatCompact(row.persons)}</button>
                  : <span title={formatNumber(row.persons)}>{formatCompact(row.persons)}</span>}
              </td>
              {compare && !events && <td className={styles['change']}><em data-verdict={verdict(ratio)} title={row.before === null ? undefined : `from ${formatNumber(row.before)}`}>{row.before === 0 ? 'new' : formatChange(ratio)}</em></td>}
              {events && <td>{formatShare(share)}</td>}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
