import { useId, useState, type DragEvent } from 'react';
import { formatNumber, plural } from '../lib/format';
import { formatBytes } from '../settings/retention';
import { buttonClass, IconButton, SelectField } from '../ui/controls';
import { Icon } from '../ui/icons';
import ui from '../ui/ui.module.css';
import { idsOf, mostListBytes, mostMembers, readList, type ListTable } from './list';
import styles from './persons.module.css';

export interface ListState {
  text: string;
  /** Takes the place of the text; a long one would make typing slow. */
  file: string | null;
  table: ListTable;
  column: number;
}

export const noList: ListState = { text: '', file: null, table: readList(''), column: 0 };

interface MemberListProps {
  list: ListState;
  /** How many persons the list has that is there; undefined where there is none yet. */
  kept: number | null | undefined;
  onChange: (list: ListState) => void;
}

/** The distinct ids of a cohort that is a list: pasted, or of a file. */
export function MemberList({ list, kept, onChange }: MemberListProps) {
  const id = useId();
  const [problem, setProblem] = useState<string | null>(null);
  const [over, setOver] = useState(false);
  const { table, column, file } = list;
  const take = (text: string, name: string | null) => {
    const read = readList(text);
    setProblem(null);
    onChange({ text: name === null ? text : '', file: name, table: read, column: read.guess });
  };
  const open = async (chosen: File | undefined) => {
    if (!chosen) return;
    if (chosen.size > mostListBytes) {
      setProblem(`${chosen.name} has ${formatBytes(chosen.size)}; the most is ${formatBytes(mostListBytes)}. Keep only the column of IDs.`);
      return;
    }

    try {
      const text = await chosen.text();
      if (text.includes('\0')) setProblem(`${chosen.name} is not a text. Save the spreadsheet as CSV.`);
      else take(text, chosen.name);
    } catch {
      setProblem(`${chosen.name} could not be read.`);
    }
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void open(event.dataTransfer.files[0]);
  };
  return (
    // Dropping is the second way, beside the field.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <div role="group" aria-label="The list" className={styles['members']} data-over={over} onDrop={drop} onDragLeave={() => setOver(false)}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes('Files')) return;
        event.preventDefault();
        setOver(true);
      }}>
      <div className={styles['membersHead']}>
        <label className={ui['label']} htmlFor={file === null ? id : undefined}>{kept === undefined ? 'Distinct IDs' : 'Another list in its place'}</label>
        <input id={`${id}-file`} className={styles['membersFile']} type="file" accept=".csv,.tsv,.txt,text/csv,text/plain" data-testid="members-file"
          onChange={({ target }) => {
            void open(target.files?.[0]);
            target.value = '';
          }} />
        <label htmlFor={`${id}-file`} className={buttonClass('secondary', true)}>Choose a file</label>
      </div>
      {file === null ? (
        <textarea id={id} className={ui['input']} rows={7} spellCheck={false} autoCapitalize="off" autoComplete="off" value={list.text} data-testid="members"
          aria-describedby={`${id}-hint`} placeholder={'ada@example.com\nuser-1815\n…'} onChange={(event) => take(event.target.value, null)} />
      ) : (
        <div className={styles['membersChosen']}>
          <Icon name="data" />
          <b>{file}</b>
          <IconButton small icon="close" label={`Leave ${file} out`} onClick={() => onChange(noList)} />
        </div>
      )}
      {table.columns.length > 1 && (
        <SelectField label="Column with the IDs" value={String(column)} data-testid="members-column" onChange={(event) => onChange({ ...list, column: Number(event.target.value) })}>
          {table.columns.map((name, at) => <option key={at} value={at}>{name}</option>)}
        </SelectField>
      )}
      <Count list={list} kept={kept} />
      {problem !== null && <p className={ui['problem']} role="alert">{problem}</p>}
      <p id={`${id}-hint`} className={ui['hint']}>
        As your app sends them, one on each line, or a CSV file with a column of them. Who they are is looked up now: IDs that no person has are left out, and persons who come later are not in it.
      </p>
    </div>
  );
}

function Count({ list, kept }: Pick<MemberListProps, 'list' | 'kept'>) {
  const { ids, repeated } = idsOf(list.table, list.column);
  if (ids.length > mostMembers) {
    return <p className={ui['problem']} role="alert" data-testid="members-count">{formatNumber(ids.length)} IDs; a list has at most {formatNumber(mostMembers)}.</p>;
  }

  const given = ids.length > 0 ? `${plural(ids.length, 'ID')}${repeated > 0 ? `, ${formatNumber(repeated)} more given twice` : ''}`
    : kept === undefined ? 'No IDs yet'
    : `Left empty, the list stays as it is${kept === null ? '' : `: ${plural(kept, 'person')}`}`;
  return <p className={styles['sentence']} aria-live="polite" data-testid="members-count">{given}</p>;
}
