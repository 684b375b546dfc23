import { useQuery } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { ApiError } from '../api/client';
import { sharesQuery, useCreateShare, useRevokeShare } from '../api/dashboards';
import type { CreatedDashboardShare, Dashboard, Project } from '../api/types';
import { today } from '../lib/dates';
import { formatDate } from '../lib/format';
import { Button, Checkbox, SelectField, TextField } from '../ui/controls';
import { Dialog, DialogFoot } from '../ui/dialog';
import { errorText, ErrorState, Note, Skeleton } from '../ui/states';
import { useCopy, useToast } from '../ui/toasts';
import ui from '../ui/ui.module.css';
import styles from './dashboards.module.css';

const lives = [
  ['', 'Never'],
  ['1', 'After 1 day'],
  ['7', 'After 7 days'],
  ['30', 'After 30 days'],
  ['365', 'After 1 year'],
] as const;

interface ShareDialogProps {
  project: Project;
  dashboard: Dashboard;
  onClose: () => void;
}

/** Links that show the dashboard to who has them: those there are, and new ones, which are seen once. */
export function ShareDialog({ project, dashboard, onClose }: ShareDialogProps) {
  const shares = useQuery(sharesQuery(project.id, dashboard.id));
  const revoke = useRevokeShare(project.id, dashboard.id);
  const [made, setMade] = useState<CreatedDashboardShare | null>(null);
  const [adding, setAdding] = useState(false);
  const toast = useToast();

  if (made) return <Made made={made} name={dashboard.name} onClose={onClose} />;
  return (
    <Dialog title="Share by a link" onClose={onClose} testId="share-dialog">
      {shares.isPending && <Skeleton height={60} />}
      {shares.isError && <ErrorState title="The links could not be read" error={shares.error} retry={() => void shares.refetch()} />}
      {shares.data && shares.data.length > 0 && (
        <ul className={styles['shares']} data-testid="shares">
          {shares.data.map((one) => (
            <li key={one.id}>
              <div>
                <strong>{one.name}</strong>
                <small>
                  {one.prefix}… · since {formatDate(today(project.timeZone, new Date(one.createdAt)))}
                  {one.expiresAt !== null && ` · ${ends(one.expiresAt, project.timeZone)}`} · {one.chooseRange ? 'readers choose the range' : 'the range is fixed'}
                  {one.embedOrigins.length > 0 && ` · in frames of ${one.embedOrigins.join(', ')}`}
                </small>
              </div>
              <Button small disabled={revoke.isPending} aria-label={`Revoke the link ${one.name}`}
                onClick={() => revoke.mutate(one.id, { onSuccess: () => toast(`“${one.name}” opens nothing any more`), onError: (error) => toast(errorText(error), { failed: true }) })}>
                Revoke
              </Button>
            </li>
          ))}
        </ul>
      )}
      {shares.data && (adding || shares.data.length === 0 ? <NewShare project={project} dashboard={dashboard} onMade={setMade} onClose={onClose} /> : (
        <DialogFoot>
          <Button onClick={onClose}>Done</Button>
          <Button variant="primary" icon="plus" onClick={() => setAdding(true)}>New link</Button>
        </DialogFoot>
      ))}
    </Dialog>
  );
}

function ends(at: string, timeZone: string): string {
  const moment = new Date(at);
  return `${moment.getTime() > Date.now() ? 'until' : 'ended'} ${formatDate(today(timeZone, moment))}`;
}

function NewShare({ project, dashboard, onMade, onClose }: ShareDialogProps & { onMade: (made: CreatedDashboardShare) => void }) {
  const create = useCreateShare(project.id, dashboard.id);
  const [name, setName] = useState('');
  const [chooseRange, setChooseRange] = useState(false);
  const [days, setDays] = useState('');
  const [sites, setSites] = useState('');
  const wrong = create.error instanceof ApiError ? Object.entries(create.error.fields).find(([field]) => field.startsWith('embedOrigins'))?.[1].join(' ') : undefined;
  const save = (event: SubmitEvent) => {
    event.preventDefault();
    if (name.trim() === '' || create.isPending) return;
    create.mutate({ name: name.trim(), chooseRange, days: days === '' ? null : Number(days), embedOrigins: sites.split(/\s+/).filter((one) => one !== '') }, { onSuccess: onMade });
  };
  return (
    <form className={styles['form']} onSubmit={save}>
      {create.error && wrong === undefined && <Note kind="danger">{errorText(create.error)}</Note>}
      <p>Who has the link sees this dashboard without signing in: its tiles as they are set up, and nothing else. You can revoke it at any time.</p>
      <div className={styles['nameAndEnd']}>
        <TextField label="For whom it is" autoFocus required maxLength={100} autoComplete="off" placeholder="The screen in the kitchen" value={name} data-testid="share-name" onChange={(event) => setName(event.target.value)} />
        <SelectField label="It ends" value={days} data-testid="share-ends" onChange={(event) => setDays(event.target.value)}>
          {lives.map(([value, label]) => <option key={value} value={value}>{label}</option>)}
        </SelectField>
      </div>
      <Checkbox label="Readers may choose another range of time" checked={chooseRange} onChange={(event) => setChooseRange(event.target.checked)} />
      <div className={ui['field']}>
        <label className={ui['label']} htmlFor="share-sites">Sites that may show it in a frame</label>
        <textarea id="share-sites" className={ui['input']} placeholder="https://intranet.example.com" value={sites} spellCheck={false} aria-invalid={wrong === undefined ? undefined : true}
          aria-describedby="share-sites-hint" onChange={(event) => setSites(event.target.value)} />
        <p id="share-sites-hint" className={ui['hint']}>One a line; none where it is left empty.</p>
        {wrong !== undefined && <p className={ui['problem']} role="alert">{wrong}</p>}
      </div>
      <DialogFoot>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" disabled={name.trim() === '' || create.isPending}>Make the link</Button>
      </DialogFoot>
    </form>
  );
}

function Made({ made, name, onClose }: { made: CreatedDashboardShare; name: string; onClose: () => void }) {
  const link = `${window.location.origin}/shared/${made.token}`;
  const frame = `<iframe src="${window.location.origin}/embed/${made.token}" title="${name.replace(/[&<>"]/g, (sign) => `&#${String(sign.charCodeAt(0))};`)}" width="100%" height="800" loading="lazy" referrerpolicy="no-referrer"></iframe>`;
  return (
    <Dialog title="Copy the link now" onClose={onClose} testId="shared-dialog">
      <div className={styles['form']}>
        <Note>Only its hash is stored, so it is shown this once.</Note>
        <Secret text={link} what="Link" testId="share-link" />
        {made.share.embedOrigins.length > 0 && <Secret text={frame} what="Code for a page" testId="share-frame" />}
      </div>
      <DialogFoot><Button variant="primary" onClick={onClose}>Done</Button></DialogFoot>
    </Dialog>
  );
}

function Secret({ text, what, testId }: { text: string; what: string; testId: string }) {
  const copy = useCopy();
  return (
    <div className={styles['secret']}>
      <code data-testid={testId}>{text}</code>
      <Button small icon="copy" onClick={() => copy(text, what)}>Copy the {what.charAt(0).toLowerCase() + what.slice(1)}</Button>
    </div>
  );
}
