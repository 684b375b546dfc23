import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useId, useRef, useState, type DragEvent, type ReactNode } from 'react';
import { importPreviewQuery, importsQuery, useCancelImport } from '../api/importing';
import type { ImportDetails, ImportPreview, Project } from '../api/types';
import { today } from '../lib/dates';
import { formatDate, formatFull, formatMoment, formatNumber, plural } from '../lib/format';
import { Link } from '../lib/router';
import { projectAddress } from '../lib/routes';
import { defaultEvents, formatEvents } from '../state/events';
import { Button, buttonClass, Hidden, Select, SelectField, TextField } from '../ui/controls';
import { Icon } from '../ui/icons';
import { errorText, Note, Skeleton } from '../ui/states';
import settings from '../views/Settings.module.css';
import styles from './import.module.css';
import { addSample, describeLeft, fractionOf, paceOf, spoken, type Sample } from './pace';
import { byTheFile, fields, formats, mapColumn, mapOf, missing, readEvent, type Field, type Format, type Reading } from './reading';
import { formatBytes } from './retention';
import { forget, send, stopSending, useSending } from './sending';

/** A file of events: chosen, looked at, sent, and what came of it. */
export function Import({ project }: { project: Project }) {
  const client = useQueryClient();
  const imports = useQuery(importsQuery(project.id));
  const sending = useSending(project.id);
  const [file, setFile] = useState<File | null>(null);
  const list = imports.data?.imports ?? [];
  const running = list.find((one) => one.endedAt === null);
  const ended = list.filter((one) => one.endedAt !== null);
  const isSending = sending !== null && sending.problem === null;
  const refresh = () => void client.invalidateQueries({ queryKey: importsQuery(project.id).queryKey });

  // Until the server has it in its list.
  useEffect(() => {
    if (!isSending || running !== undefined) return undefined;
    const timer = window.setInterval(() => void client.invalidateQueries({ queryKey: importsQuery(project.id).queryKey }), 300);
    return () => window.clearInterval(timer);
  }, [client, isSending, project.id, running]);

  const start = (chosen: File, reading: Reading) => {
    setFile(null);
    void send(project.id, chosen, reading, () => {
      refresh();
      // What counts events, and names them, has more to count.
      void client.invalidateQueries({ queryKey: ['project', project.id] });
    });
  };

  return (
    <div className={settings['form']} data-testid="import">
      {imports.error && <Note kind="danger">Imports could not be read: {errorText(imports.error)}</Note>}
      {sending?.problem && (
        <Note kind="danger">
          <p>
            <strong>{sending.name}</strong> was not taken whole.{' '}
            {ended[0]?.state === 'stopped' && ended[0].name === sending.name ? 'The report below says why.' : sending.problem}
          </p>
          <p className={styles['noteAction']}><Button small onClick={forget}>Dismiss</Button></p>
        </Note>
      )}
      {running !== undefined
        ? <Running project={project} one={running} own={isSending && sending.name === running.name} />
        : isSending
          ? <p className={settings['hint']} role="status">Sending {sending.name}…</p>
          : file === null
            ? <Choose mostBytes={imports.data?.maxFileBytes ?? null} onChoose={(chosen) => {
              forget();
              setFile(chosen);
            }} />
            : <Chosen key={`${file.name} ${String(file.size)}`} project={project} file={file} onStart={(reading) => start(file, reading)} onBack={() => setFile(null)} />}
      {ended.length > 0 && (
        <ul className={styles['imports']} aria-label="Imports that ended" data-testid="imports">
          {ended.map((one, at) => <Ended key={one.id} project={project} one={one} open={at === 0 && running === undefined && file === null} />)}
        </ul>
      )}
    </div>
  );
}

function Choose({ mostBytes, onChoose }: { mostBytes: number | null; onChoose: (file: File) => void }) {
  const id = useId();
  const [over, setOver] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const take = (files: FileList | null) => {
    const file = files?.[0];
    if (file === undefined) return;
    if (files !== null && files.length > 1) setProblem('One file at a time. Put several together, or send one after the other.');
    else if (file.size === 0) setProblem(`${file.name} is empty, or a folder.`);
    else if (mostBytes !== null && file.size > mostBytes) setProblem(`${file.name} has ${formatBytes(file.size)}; the most is ${formatBytes(mostBytes)}. Cut it into parts, or compress it.`);
    else onChoose(file);
  };
  const dragging = (event: DragEvent) => {
    if (!event.dataTransfer.types.includes('Files')) return;
    event.preventDefault();
    setOver(true);
  };
  return (
    <div>
      {/* Dropping is the second way, beside the field. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <div className={styles['drop']} role="group" aria-label="File to import" data-over={over} onDragEnter={dragging} onDragOver={dragging} onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          take(event.dataTransfer.files);
        }}>
        <input id={id} className={styles['file']} type="file" accept=".json,.jsonl,.ndjson,.csv,.tsv,.txt,.log,.gz" aria-describedby={`${id}-hint`} data-testid="import-file"
          onChange={(event) => {
            take(event.target.files);
            event.target.value = '';
          }} />
        <label htmlFor={id} className={buttonClass('primary')}>Choose a file</label>
        <span className={styles['dropText']}>or drop it here</span>
      </div>
      <p id={`${id}-hint`} className={styles['dropHint']}>
        Lines of JSON as from Export, CSV, or access logs of nginx and Apache; plain or compressed as .gz. Nothing is sent before you have seen what it becomes.
      </p>
      {problem !== null && <p className={styles['problem']} role="alert">{problem}</p>}
    </div>
  );
}

function Chosen({ project, file, onStart, onBack }: { project: Project; file: File; onStart: (reading: Reading) => void; onBack: () => void }) {
  const [reading, setReading] = useState<Reading>(byTheFile);
  const preview = useQuery(importPreviewQuery(project.id, file, reading));
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const { data } = preview;
  const lacking = data ? missing(data, reading) : [];
  const ready = data !== undefined && data.problem === null && !preview.isPlaceholderData;
  // What was guessed is said, so that the import is the one that was looked at.
  const settled: Reading = data?.format === 'csv' ? { ...reading, format: 'csv', map: reading.map ?? mapOf(data.columns) } : { ...reading, format: data?.format ?? null };
  return (
    <div className={styles['chosen']} data-testid="import-chosen">
      <div className={styles['fileHead']}>
        <h3 ref={heading} tabIndex={-1}>{file.name}</h3>
        <span>{formatBytes(file.size)}</span>
      </div>
      {preview.isPending && <Skeleton height={180} />}
      {preview.error && <Note kind="danger">The file could not be looked at: {errorText(preview.error)}</Note>}
      {data && (
        <>
          <div className={settings['pair']}>
            <SelectField label="Read as" value={data.format ?? ''} onChange={(event) => setReading({ ...byTheFile, format: event.target.value as Format })}>
              {data.format === null && <option value="" disabled>Choose</option>}
              {formats.map((one) => <option key={one.value} value={one.value}>{one.label}</option>)}
            </SelectField>
            {data.format === 'log' && (
              <TextField label="Site" type="url" placeholder="https://example.com" maxLength={1000} hint="What comes before the paths; may be left empty."
                value={reading.site} onChange={(event) => setReading({ ...reading, site: event.target.value })} />
            )}
            {data.format === 'csv' && mapOf(data.columns).event === undefined && (
              <TextField label="Name of all events" maxLength={200} placeholder="purchase" hint="As no column is the event name."
                value={reading.event} onChange={(event) => setReading({ ...reading, map: mapOf(data.columns), event: event.target.value })} />
            )}
          </div>
          {data.format === 'csv' && data.columns.length > 0 && (
            <Columns preview={data} onMap={(column, field) => setReading({ ...reading, map: mapColumn(data.columns, column, field) })} />
          )}
          <div aria-live="polite" aria-busy={preview.isPlaceholderData} className={styles['live']}>
            {lacking.length > 0
              ? <Note>Say above which column is: {lacking.join(', ')}{lacking.includes('Event name') && ' — or give all events one name'}.</Note>
              : data.problem !== null && <Note kind="danger">{data.problem}</Note>}
          </div>
          {data.problem === null && <Rows preview={data} />}
          {data.format === 'log' && <p className={settings['hint']}>Each line becomes a page view; a visitor is a hash of address and browser, and the address is not stored.</p>}
        </>
      )}
      <div className={settings['save']}>
        <Button variant="primary" disabled={!ready} onClick={() => onStart(settled)} data-testid="import-start">Start import</Button>
        <Button variant="ghost" onClick={onBack}>Another file</Button>
      </div>
    </div>
  );
}

function Columns({ preview, onMap }: { preview: ImportPreview; onMap: (column: string, field: Field | null) => void }) {
  return (
    <div className={styles['scroll']} role="region" aria-label="Columns of the file">
      <table className={styles['table']} data-testid="import-columns">
        <thead><tr><th scope="col">Column</th><th scope="col">Example</th><th scope="col">Becomes</th></tr></thead>
        <tbody>
          {preview.columns.map((column, at) => (
            <tr key={`${String(at)} ${column.name}`} data-field={column.field ?? 'property'}>
              <th scope="row">{column.name === '' ? <em>no name</em> : column.name}</th>
              <td className={styles['example']}>{column.example ?? <em>empty</em>}</td>
              <td>
                <Select label={`What ${column.name} becomes`} value={column.field ?? ''} onChange={(event) => onMap(column.name, event.target.value === '' ? null : event.target.value as Field)}>
                  <option value="">Property</option>
                  {fields.map((field) => <option key={field.value} value={field.value}>{field.label}</option>)}
                </Select>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const mostProperties = 6;

/** The first rows as the events that they become. */
function Rows({ preview }: { preview: ImportPreview }) {
  const events = preview.events.map(readEvent);
  return (
    <div className={styles['preview']}>
      <h4>{events.length > 0 ? 'The first events' : 'No event in the first rows'}</h4>
      {events.length > 0 && (
        <ul className={styles['events']} data-testid="import-preview">
          {events.map((one) => (
            <li key={one.line}>
              <p><strong>{one.event}</strong> <span>{one.distinctId}</span> <time>{one.timestamp}</time></p>
              <p className={styles['properties']}>
                {one.properties.slice(0, mostProperties).map(([name, value]) => <span key={name}><b>{name}</b> {value.length > 60 ? `${value.slice(0, 60)}…` : value}</span>)}
                {one.properties.length > mostProperties && <span>and {formatNumber(one.properties.length - mostProperties)} more</span>}
                {one.properties.length === 0 && <span>no properties</span>}
              </p>
            </li>
          ))}
        </ul>
      )}
      <Refusals rows={preview.refusals} more={0} lead="Rows that will be left out:" />
    </div>
  );
}

function Refusals({ rows, more, lead }: { rows: ImportDetails['refusals']; more: number; lead: string }) {
  if (rows.length === 0) return null;
  return (
    <div className={styles['refusals']} data-testid="import-refusals">
      <p>{lead}</p>
      <ul tabIndex={rows.length > 6 ? 0 : undefined} aria-label="Refused rows">
        {rows.map((row) => <li key={row.line}><b>Line {formatNumber(row.line)}</b> {row.reason}</li>)}
      </ul>
      {more > 0 && <p>and {formatNumber(more)} more, which are not listed.</p>}
    </div>
  );
}

function Running({ project, one, own }: { project: Project; one: ImportDetails; own: boolean }) {
  const cancel = useCancelImport(project.id);
  const { data, dataUpdatedAt } = useQuery(importsQuery(project.id));
  const [samples, setSamples] = useState<readonly Sample[]>([]);
  const seen = data?.imports.find(({ id }) => id === one.id);
  const [sampledAt, setSampledAt] = useState(0);
  if (seen !== undefined && sampledAt !== dataUpdatedAt) {
    setSampledAt(dataUpdatedAt);
    setSamples(addSample(samples, seen, dataUpdatedAt));
  }

  const storing = one.state === 'storing';
  const fraction = fractionOf(one);
  const pace = storing ? null : paceOf(samples, one.totalBytes);
  const percent = fraction === null ? undefined : Math.floor(fraction * 100);
  return (
    <div className={styles['running']} data-testid="import-running">
      <div className={styles['fileHead']}>
        <h3>{one.name}</h3>
        <span>{percent === undefined ? '' : `${String(percent)} %`}</span>
      </div>
      <div className={styles['bar']} role="progressbar" aria-label={`Import of ${one.name}`} aria-valuemin={0} aria-valuemax={100} aria-valuenow={percent}
        data-open={fraction === null}>
        <i style={{ width: `${String((fraction ?? 1) * 100)}%` }} />
      </div>
      <dl className={styles['figures']}>
        <Figure label="Read">{formatBytes(one.bytes)}{one.totalBytes !== null && ` of ${formatBytes(one.totalBytes)}`}</Figure>
        <Figure label="Taken">{formatNumber(one.taken)}</Figure>
        <Figure label="Refused">{formatNumber(one.refused)}</Figure>
        <Figure label="Rows a second">{pace === null ? '–' : formatNumber(pace.rowsPerSecond)}</Figure>
      </dl>
      <p className={settings['hint']}>
        {storing ? 'All read; the last events are being stored.' : pace === null || pace.secondsLeft === null ? 'Under way.' : `Under way, ${describeLeft(pace.secondsLeft)}.`}{' '}
        {own ? 'Leave this page open; other views of Headroom can be looked at meanwhile.' : 'It is sent from elsewhere.'}
      </p>
      <Hidden><span role="status">{storing ? 'Storing the last events' : spoken(fraction)}</span></Hidden>
      {cancel.error && <Note kind="danger">It could not be cancelled: {errorText(cancel.error)}</Note>}
      <div className={settings['save']}>
        <Button disabled={cancel.isPending || storing} onClick={() => cancel.mutate(one.id, { onSuccess: () => own && stopSending() })}>Cancel import</Button>
      </div>
    </div>
  );
}

function Figure({ label, children }: { label: string; children: ReactNode }) {
  return <div><dt>{label}</dt><dd>{children}</dd></div>;
}

const words: Record<ImportDetails['state'], string> = { running: 'Running', storing: 'Running', done: 'Done', cancelled: 'Cancelled', stopped: 'Stopped' };

function Ended({ project, one, open }: { project: Project; one: ImportDetails; open: boolean }) {
  const days = (instant: string) => today(project.timeZone, new Date(instant));
  return (
    <li>
      <details open={open} data-testid="import-report">
        <summary>
          <span className={styles['state']} data-state={one.state}>{words[one.state]}</span>
          <strong>{one.name}</strong>
          <time dateTime={one.startedAt} title={formatFull(one.startedAt, undefined, project.timeZone)}>{formatMoment(one.startedAt, undefined, project.timeZone)}</time>
          <Icon name="chevron" />
        </summary>
        <div className={styles['report']}>
          {one.problem !== null && <p className={styles['problem']}>{one.problem}</p>}
          {one.state === 'cancelled' && <p>What was taken stays. The same file sent again goes on without counting anything twice.</p>}
          <dl className={styles['figures']}>
            <Figure label="Rows">{formatNumber(one.rows)}</Figure>
            {one.duplicates === null
              ? <Figure label="Taken">{formatNumber(one.taken)}</Figure>
              : (
                <>
                  <Figure label="New events">{formatNumber(one.taken - one.duplicates)}</Figure>
                  <Figure label="There already">{formatNumber(one.duplicates)}</Figure>
                </>
              )}
            <Figure label="Refused">{formatNumber(one.refused)}</Figure>
          </dl>
          {one.duplicates === null && one.taken > 0 && <p>How many of the {plural(one.taken, 'event')} taken were there already is not known.</p>}
          <Refusals rows={one.refusals} more={one.refused - one.refusals.length} lead={one.refused === 1 ? 'One row was left out:' : 'Rows that were left out:'} />
          {one.from !== null && one.to !== null && (
            <p>
              <Link className={styles['link']} href={projectAddress(project.id, 'events', formatEvents({ ...defaultEvents, from: days(one.from), to: days(one.to) }))}>
                See events from {formatDate(days(one.from))} to {formatDate(days(one.to))} <Icon name="back" />
              </Link>
            </p>
          )}
        </div>
      </details>
    </li>
  );
}
