import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from 'react';
import { ApiError } from '../api/client';
import type { Progress } from '../api/progress';
import { downloadSql, runSql, sqlSchemaQuery } from '../api/sql';
import type { QueryProgress } from '../api/stream';
import type { Project, SqlFormat, SqlRelation, SqlResult } from '../api/types';
import { progressText, useDue } from '../insights/shared/Waiting';
import { formatAgo, plural } from '../lib/format';
import { cell, insertAt, isNumeric, quoteName, readMemory, remember, searchSchema, shortType, type PastStatement } from '../lib/sql';
import { pictureOf } from '../lib/sqlChart';
import { Button, Kbd, Segments } from '../ui/controls';
import { classes } from '../ui/classes';
import { Icon } from '../ui/icons';
import { Popover } from '../ui/popover';
import { EmptyState, errorText, ErrorState, Note, Skeleton } from '../ui/states';
import { useToast } from '../ui/toasts';
import ui from '../ui/ui.module.css';
import { Page } from './Page';
import { SqlEditor } from './SqlEditor';
import styles from './Sql.module.css';

const SqlChart = lazy(() => import('./SqlChart'));
const none: readonly SqlRelation[] = [];

/** Rows that the page asks for; files have as many as the server gives. */
const shownRows = 1_000;

/** Columns of one relation that the schema lists at once; the search leads to the others. */
const shownColumns = 200;

type Run =
  | { state: 'none' }
  | { state: 'running'; sql: string; progress: Progress }
  | { state: 'done'; sql: string; result: SqlResult }
  | { state: 'failed'; sql: string; error: unknown };

export default function SqlView({ project }: { project: Project }) {
  const key = `headroom.sql.${project.id}`;
  const [first] = useState(() => readMemory(readKept(key)));
  const [draft, setDraft] = useState(first.draft);
  const [past, setPast] = useState(first.past);
  const [run, setRun] = useState<Run>({ state: 'none' });
  const schema = useQuery(sqlSchemaQuery(project.id));
  const editor = useRef<HTMLTextAreaElement>(null);
  const running = useRef<AbortController>(null);

  useEffect(() => keep(key, JSON.stringify({ draft, past })), [key, draft, past]);
  useEffect(() => () => running.current?.abort(), []);

  const start = (sql: string) => {
    if (sql.trim() === '') return;
    running.current?.abort();
    const controller = new AbortController();
    running.current = controller;
    setPast((now) => remember(now, sql, Date.now()));
    const since = Date.now();
    setRun({ state: 'running', sql, progress: { state: 'sent', since } });
    const tell = (progress: QueryProgress) => {
      if (!controller.signal.aborted) setRun({ state: 'running', sql, progress: { ...progress, since } });
    };
    runSql(project.id, sql, shownRows, controller.signal, tell).then(
      (result) => {
        if (!controller.signal.aborted) setRun({ state: 'done', sql, result });
      },
      (error: unknown) => {
        if (!controller.signal.aborted) setRun({ state: 'failed', sql, error });
      },
    );
  };
  const stop = () => {
    running.current?.abort();
    setRun({ state: 'none' });
  };
  const insert = (name: string) => {
    const area = editor.current;
    const put = insertAt(draft, area?.selectionStart ?? draft.length, area?.selectionEnd ?? draft.length, quoteName(name));
    setDraft(put.text);
    // After React has put the text there.
    window.requestAnimationFrame(() => {
      area?.focus();
      area?.setSelectionRange(put.cursor, put.cursor);
    });
  };

  return (
    <Page title="SQL" lead="One SELECT over this project's events, persons and sessions. All times are UTC."
      actions={<History past={past} onChoose={setDraft} onClear={() => setPast([])} />}>
      <div className={styles['columns']}>
        <Schema project={project} onInsert={insert} />
        <div className={styles['work']}>
          <section className={classes(ui['card'], styles['editor'])} aria-label="Editor">
            <SqlEditor area={editor} text={draft} onChange={setDraft} relations={schema.data?.relations ?? none} onRun={() => start(draft)}
              problem={run.state === 'failed' && run.sql === draft ? 'sql-problem' : undefined} />
            <div className={styles['bar']}>
              <span className={styles['hint']}><Kbd>Ctrl</Kbd> <Kbd>Enter</Kbd> runs it, <Kbd>Ctrl</Kbd> <Kbd>Space</Kbd> completes a name</span>
              {run.state === 'running'
                ? <Button icon="close" onClick={stop}>Stop</Button>
                : <Button variant="primary" icon="play" disabled={draft.trim() === ''} onClick={() => start(draft)} data-testid="sql-run">Run</Button>}
            </div>
          </section>
          {run.state === 'failed' && <Failure error={run.error} />}
          <Result project={project} run={run} />
        </div>
      </div>
    </Page>
  );
}

function Failure({ error }: { error: unknown }) {
  const fields = error instanceof ApiError ? Object.values(error.fields).flat() : [];
  return (
    <div id="sql-problem" className={styles['problem']}>
      <Note kind="danger"><pre>{fields.length > 0 ? fields.join('\n') : errorText(error)}</pre></Note>
    </div>
  );
}

function Result({ project, run }: { project: Project; run: Run }) {
  const [look, setLook] = useState<'table' | 'chart'>('table');
  const answered = run.state === 'done' ? run.result : null;
  const due = useDue(run.state === 'running' ? run.progress.since : null);
  const picture = useMemo(() => answered && pictureOf(answered), [answered]);
  if (run.state === 'failed') return null;
  if (run.state === 'none') {
    return (
      <section className={ui['card']} aria-label="Result">
        <EmptyState icon="code" title="Nothing asked yet">The rows of your statement come here, with their types. Download has them as CSV, Parquet or Arrow.</EmptyState>
      </section>
    );
  }

  if (run.state === 'running') {
    return (
      <section className={classes(ui['card'], styles['waiting'])} aria-label="Result" aria-busy="true">
        <p role="status">{due && run.progress.state !== 'sent' ? progressText(run.progress) : 'Running…'}</p>
        {Array.from({ length: 6 }, (_, index) => <Skeleton key={index} width={`${90 - index * 8}%`} />)}
      </section>
    );
  }

  const { result, sql } = run;
  return (
    <section className={ui['card']} aria-label="Result" data-testid="sql-result">
      <div className={styles['about']}>
        <p role="status">
          {result.more ? `The first ${plural(result.rowCount, 'row')}` : plural(result.rowCount, 'row')}
          <span> in {formatTime(result.elapsedMs)}, of {plural(result.estimatedRows, 'event')} at most</span>
        </p>
        {picture && (
          <Segments label="Shown as" value={look} onChange={setLook} options={[{ value: 'table', label: 'Table', icon: 'events' }, { value: 'chart', label: 'Chart', icon: picture.kind === 'time' ? 'line' : 'bar' }]} />
        )}
        <Downloads project={project} sql={sql} />
      </div>
      {result.more && (
        <div className={styles['more']}>
          <Note>There are more rows than the page shows. Download has all of them up to the server's bound; LIMIT, WHERE and GROUP BY make it fewer.</Note>
        </div>
      )}
      {result.rowCount === 0
        ? <EmptyState icon="search" title="No rows">The statement ran, and nothing meets it.</EmptyState>
        : picture && look === 'chart' ? <Suspense fallback={<div className={styles['waiting']}><Skeleton height={320} /></div>}><SqlChart picture={picture} /></Suspense>
        : <Table result={result} />}
    </section>
  );
}

function Table({ result }: { result: SqlResult }) {
  const numeric = result.columns.map(isNumeric);
  return (
    // A scrolling region must be reachable by keyboard.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={styles['scroll']} tabIndex={0} role="region" aria-label="Rows">
      <table className={styles['table']}>
        <thead>
          <tr>
            {result.columns.map((column, index) => (
              <th key={index} scope="col" data-numeric={numeric[index]}>
                {column.name}
                <small title={column.type}>{shortType(column.type)}</small>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {result.rows.map((row, index) => (
            <tr key={index}>
              {row.map((value, at) => {
                const { text, kind } = cell(value);
                return <td key={at} data-numeric={numeric[at]} data-kind={kind} title={text.length > 40 ? text : undefined}>{text}</td>;
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const formats: readonly { format: SqlFormat; label: string; ending: string }[] = [
  { format: 'csv', label: 'CSV', ending: 'csv' },
  { format: 'parquet', label: 'Parquet', ending: 'parquet' },
  { format: 'arrow', label: 'Arrow', ending: 'arrows' },
];

function Downloads({ project, sql }: { project: Project; sql: string }) {
  const [busy, setBusy] = useState<SqlFormat | null>(null);
  const toast = useToast();
  const save = async (format: SqlFormat, ending: string) => {
    setBusy(format);
    try {
      const link = document.createElement('a');
      link.href = URL.createObjectURL(await downloadSql(project.id, sql, format));
      link.download = `headroom-sql.${ending}`;
      link.click();
      window.setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    } catch (error) {
      toast(errorText(error), { failed: true });
    } finally {
      setBusy(null);
    }
  };
  return (
    <div className={styles['downloads']} role="group" aria-label="Download all rows">
      <span aria-hidden="true">Download</span>
      {formats.map(({ format, label, ending }) => (
        <Button key={format} small disabled={busy !== null} aria-label={`Download as ${label}`} onClick={() => void save(format, ending)}>
          {busy === format ? '…' : label}
        </Button>
      ))}
    </div>
  );
}

function History({ past, onChoose, onClear }: { past: readonly PastStatement[]; onChoose: (sql: string) => void; onClear: () => void }) {
  return (
    <Popover label="Earlier statements" width={320}
      trigger={(trigger) => <Button {...trigger} data-testid="sql-history">History</Button>}>
      {(close) => past.length === 0 ? (
        <p className={styles['noPast']}>Statements that you run in this browser are kept here.</p>
      ) : (
        <div className={styles['past']}>
          <ul>
            {past.map((one) => (
              <li key={one.sql}>
                <button type="button" onClick={() => {
                  onChoose(one.sql);
                  close();
                }}>
                  <code>{one.sql}</code>
                  <small>{formatAgo(new Date(one.at).toISOString(), Date.now())}</small>
                </button>
              </li>
            ))}
          </ul>
          <Button small variant="ghost" icon="trash" onClick={() => {
            onClear();
            close();
          }}>Forget them</Button>
        </div>
      )}
    </Popover>
  );
}

function Schema({ project, onInsert }: { project: Project; onInsert: (name: string) => void }) {
  const query = useQuery(sqlSchemaQuery(project.id));
  const [search, setSearch] = useState('');
  // On a phone it would push the editor out of sight.
  const [open, setOpen] = useState(() => window.matchMedia('(min-width: 900px)').matches);
  const found = useMemo(() => searchSchema(query.data?.relations ?? [], search), [query.data, search]);
  return (
    <aside className={classes(ui['card'], styles['schema'])} aria-label="Schema">
      <button type="button" className={styles['fold']} aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name="chevron" size={14} />
        Relations and columns
      </button>
      {open && (
        <div className={styles['found']}>
          <input type="search" className={ui['input']} aria-label="Search the schema" placeholder="Search columns" value={search} onChange={(event) => setSearch(event.target.value)} />
          {query.isError ? <ErrorState title="The schema could not be read" error={query.error} retry={() => void query.refetch()} />
            : query.isPending ? <div className={styles['reading']} aria-busy="true">{Array.from({ length: 8 }, (_, index) => <Skeleton key={index} />)}</div>
            : found.length === 0 ? <p className={styles['nothing']}>No column is called like this.</p>
            : found.map((relation) => <Relation key={relation.name} relation={relation} unfold={search !== '' || relation.name === 'events'} onInsert={onInsert} />)}
        </div>
      )}
    </aside>
  );
}

function Relation({ relation, unfold, onInsert }: { relation: SqlRelation; unfold: boolean; onInsert: (name: string) => void }) {
  const [chosen, setChosen] = useState<boolean | null>(null);
  const open = chosen ?? unfold;
  const hidden = relation.columns.length - shownColumns;
  return (
    <div className={styles['relation']}>
      <div className={styles['relationHead']}>
        <button type="button" className={styles['fold']} aria-expanded={open} aria-label={`Columns of ${relation.name}`} onClick={() => setChosen(!open)}><Icon name="chevron" size={14} /></button>
        <button type="button" className={styles['insert']} title={relation.description} onClick={() => onInsert(relation.name)}>{relation.name}<small>{plural(relation.columns.length, 'column')}</small></button>
      </div>
      {open && (
        <ul>
          {relation.columns.slice(0, shownColumns).map((column) => (
            <li key={column.name}>
              <button type="button" className={styles['insert']} title={[column.name, column.description].filter(Boolean).join(': ')} onClick={() => onInsert(column.name)}>
                <span>{column.name}</span>
                <small>{shortType(column.type)}</small>
              </button>
            </li>
          ))}
          {hidden > 0 && <li className={styles['nothing']}>and {hidden} more; search for them</li>}
        </ul>
      )}
    </div>
  );
}

function formatTime(milliseconds: number): string {
  return milliseconds < 1_000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1_000).toFixed(1)} s`;
}

/** Storage may be turned off. */
function readKept(key: string): string | null {
  try {
    return window.localStorage.getItem(key);
  } catch {
    return null;
  }
}

function keep(key: string, text: string): void {
  try {
    window.localStorage.setItem(key, text);
  } catch {
    // Nothing is kept then.
  }
}
