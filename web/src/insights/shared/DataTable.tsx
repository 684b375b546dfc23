import { useId, type ReactNode } from 'react';
import { downloadCsv, toCsvText } from '../../lib/csv';
import { useCells } from '../../ui/cells';
import { Button } from '../../ui/controls';
import styles from '../insight.module.css';
import { Cell } from './Cell';

export interface Column<Row> {
  label: string;
  /** What is shown. */
  text: (row: Row) => ReactNode;
  /** What stands in the file: the number itself, not its short form. */
  value: (row: Row) => string | number | null;
  /** Texts stand on the left. */
  left?: boolean;
  strong?: boolean;
  /** Shows the persons behind the figure; undefined where nobody is. */
  press?: (row: Row) => (() => void) | undefined;
}

interface DataTableProps<Row> {
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  fileName: string;
  note?: string;
  /** Without what stands above it, where there is little room. */
  plain?: boolean;
  testId: string;
}

/** The figures of a picture, for readers who want them exactly or cannot see it; also as a file. The first column names the row. */
export function DataTable<Row>({ columns, rows, rowKey, fileName, note, plain = false, testId }: DataTableProps<Row>) {
  const id = useId();
  const cells = useCells<HTMLTableElement>();
  const save = () => downloadCsv(fileName, toCsvText(columns.map((one) => one.label), rows.map((row) => columns.map((one) => one.value(row)))));
  const table = (
    <table {...cells} className={styles['table']} data-testid={testId}>
      <thead>
        <tr>{columns.map((one) => <th key={one.label} scope="col" data-left={one.left}>{one.label}</th>)}</tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={rowKey(row)}>
            {columns.map((one, index) =>
              index === 0 ? (
                <th key={one.label} scope="row" title={String(one.value(row) ?? '')}>{one.text(row)}</th>
              ) : (
                <td key={one.label} data-left={one.left} className={one.strong ? styles['total'] : undefined}>
                  <Cell of={one.label} onPress={one.press?.(row)}>{one.text(row)}</Cell>
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
  if (plain) return table;
  return (
    <div className={styles['tablePart']}>
      <div className={styles['tableHead']}>
        <h2 id={id}>Table</h2>
        {note !== undefined && <span>{note}</span>}
        <Button small variant="ghost" onClick={save}>Download CSV</Button>
      </div>
      {/* A scrolling region must be reachable by keyboard. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={styles['scroll']} tabIndex={0} role="region" aria-labelledby={id}>
        {table}
      </div>
    </div>
  );
}
