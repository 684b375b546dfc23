import { useState } from 'react';
import type { Project } from '../api/types';
import { exportAddress } from '../lib/export';
import { Button, buttonClass, TextField } from '../ui/controls';
import styles from '../views/Settings.module.css';

/** All events as a file: the browser takes it as any download, with its own progress and place. */
export function Export({ project }: { project: Project }) {
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const backwards = from !== '' && to !== '' && from > to;
  return (
    <div className={styles['form']} data-testid="export">
      <div className={styles['pair']}>
        <TextField label="From" type="date" hint="The first day; left out, from the first event on." value={from} onChange={(event) => setFrom(event.target.value)} />
        <TextField label="To" type="date" hint="The last day, included; left out, up to now." value={to} onChange={(event) => setTo(event.target.value)} />
      </div>
      {backwards && <p className={styles['hint']} role="alert">The first day is after the last.</p>}
      <p className={styles['hint']}>
        For a part of it, or as CSV, Parquet or Arrow, ask in SQL. A file comes back by Import or <code>headroom import</code>.
      </p>
      <div className={styles['save']}>
        {backwards
          ? <Button variant="primary" disabled>Download events</Button>
          : <a className={buttonClass('primary')} href={exportAddress(project.id, from, to)} download data-testid="export-download">Download events</a>}
      </div>
    </div>
  );
}
