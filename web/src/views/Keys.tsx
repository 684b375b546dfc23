import { useQuery } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { keysQuery, useCreateKey, useDeleteKey } from '../api/settings';
import type { ApiKey, CreatedKey, KeyKind, Project } from '../api/types';
import { formatDate } from '../lib/format';
import { Button, IconButton, Segments, TextField } from '../ui/controls';
import { Confirm, Dialog, DialogFoot } from '../ui/dialog';
import { errorText, ErrorState, Note, Skeleton } from '../ui/states';
import { useCopy, useToast } from '../ui/toasts';
import styles from './Settings.module.css';

export function Keys({ project }: { project: Project }) {
  const keys = useQuery(keysQuery(project.id));
  const remove = useDeleteKey(project.id);
  const [creating, setCreating] = useState(false);
  const [removing, setRemoving] = useState<ApiKey | null>(null);
  const copy = useCopy();
  const toast = useToast();

  if (keys.isPending) return <Skeleton height={140} />;
  if (keys.isError) return <ErrorState title="The keys could not be read" error={keys.error} retry={() => void keys.refetch()} />;
  return (
    <>
      <ul className={styles['keys']} data-testid="keys">
        {keys.data.map((key) => (
          <li key={key.id}>
            <div className={styles['keyName']}>
              <strong>{key.name === '' ? 'Unnamed' : key.name}</strong>
              <span data-kind={key.kind}>{key.kind}</span>
              <small>since {formatDate(key.createdAt.slice(0, 10))}</small>
            </div>
            <code data-testid={`${key.kind}-key`}>{key.key ?? `${key.prefix}…`}</code>
            <div className={styles['keyTools']}>
              {key.key !== null && <IconButton small icon="copy" label={`Copy the key ${key.name}`} onClick={() => copy(key.key ?? '', 'Key')} />}
              <IconButton small icon="trash" label={`Delete the key ${key.name}`} onClick={() => setRemoving(key)} />
            </div>
          </li>
        ))}
        {keys.data.length === 0 && <li className={styles['hint']}>There are no keys: nothing can be sent or read.</li>}
      </ul>
      <Button icon="plus" className={styles['start']} onClick={() => setCreating(true)} data-testid="create-key">New key</Button>
      {creating && <CreateKey project={project} onClose={() => setCreating(false)} />}
      {removing && (
        <Confirm title={`Delete the ${removing.kind} key “${removing.name}”?`} action="Delete the key" pending={remove.isPending}
          onClose={() => setRemoving(null)}
          onConfirm={() =>
            remove.mutate(removing.id, {
              onSuccess: () => {
                setRemoving(null);
                toast('Key deleted');
              },
              onError: (error) => toast(errorText(error), { failed: true }),
            })
          }>
          <p>
            {removing.kind === 'write'
              ? 'Whatever still sends with this key is turned away from now on, and its events are lost. This cannot be undone.'
              : 'Whatever still reads with this key is turned away from now on. This cannot be undone.'}
          </p>
        </Confirm>
      )}
    </>
  );
}

function CreateKey({ project, onClose }: { project: Project; onClose: () => void }) {
  const create = useCreateKey(project.id);
  const [kind, setKind] = useState<KeyKind>('read');
  const [name, setName] = useState('');
  const [made, setMade] = useState<CreatedKey | null>(null);

  if (made) {
    return (
      <Dialog title={made.kind === 'read' ? 'Copy your read key now' : 'The key is made'} onClose={onClose} testId="created-key-dialog">
        <div className={styles['form']}>
          {made.kind === 'read' && <Note>Only its hash is stored, so it is shown this once.</Note>}
          <Secret text={made.key} />
        </div>
        <DialogFoot><Button variant="primary" onClick={onClose}>Done</Button></DialogFoot>
      </Dialog>
    );
  }

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    create.mutate({ kind, name: name.trim() }, { onSuccess: setMade });
  };

  return (
    <Dialog title="New key" onClose={onClose} testId="create-key-dialog">
      <form onSubmit={submit}>
        <div className={styles['form']}>
          {create.error && <Note kind="danger">{errorText(create.error)}</Note>}
          <div className={styles['choice']}>
            <Segments label="Kind of key" value={kind} onChange={setKind}
              options={[{ value: 'read', label: 'Read' }, { value: 'write', label: 'Write' }]} />
            <p className={styles['hint']}>
              {kind === 'read'
                ? 'Reads this project’s results from scripts and other programs. Secret.'
                : 'Sends events into this project. Public by nature: it is in every page that sends.'}
            </p>
          </div>
          <TextField label="Name" required maxLength={100} autoFocus placeholder={kind === 'read' ? 'Weekly report' : 'Website'} value={name} onChange={(event) => setName(event.target.value)} />
        </div>
        <DialogFoot>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" disabled={create.isPending}>Make the key</Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}

/** A key to be taken along, with a button that copies it. */
export function Secret({ text }: { text: string }) {
  const copy = useCopy();
  return (
    <div className={styles['secret']}>
      <code data-testid="secret">{text}</code>
      <Button small icon="copy" onClick={() => copy(text, 'Key')}>Copy</Button>
    </div>
  );
}
