import { useState, type SubmitEvent } from 'react';
import { useDeletePerson } from '../api/removal';
import type { Project } from '../api/types';
import { Link } from '../lib/router';
import { projectAddress } from '../lib/routes';
import { Button, TextField } from '../ui/controls';
import { Dialog, DialogFoot } from '../ui/dialog';
import { errorText, Note } from '../ui/states';
import styles from './persons.module.css';

const word = 'delete';

/** At the end of a person: removes the person and all events for good, after the word for it was typed. */
export function DeletePerson({ project, uuid }: { project: Project; uuid: string }) {
  const remove = useDeletePerson(project.id);
  const [asking, setAsking] = useState(false);
  if (remove.isSuccess) {
    return (
      <Note kind="good">
        <p>The person is being deleted. <Link href={`${projectAddress(project.id, 'settings')}#deletions`}>See the receipt</Link></p>
      </Note>
    );
  }

  return (
    <div className={styles['deletePerson']}>
      <Button variant="ghost" icon="trash" data-testid="delete-person" onClick={() => setAsking(true)}>Delete person</Button>
      {asking && <Ask pending={remove.isPending} error={remove.error} onClose={() => setAsking(false)} onConfirm={() => remove.mutate(uuid, { onSuccess: () => setAsking(false) })} />}
    </div>
  );
}

function Ask({ pending, error, onConfirm, onClose }: { pending: boolean; error: Error | null; onConfirm: () => void; onClose: () => void }) {
  const [typed, setTyped] = useState('');
  const ready = typed.trim().toLowerCase() === word && !pending;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (ready) onConfirm();
  };
  return (
    <Dialog title="Delete this person?" onClose={onClose} testId="delete-person-dialog">
      <form className={styles['deleteForm']} onSubmit={submit}>
        <p>All events of the person, all properties and all distinct IDs are removed for good, also what arrived and is not stored yet. Numbers of the past change. This cannot be undone.</p>
        <p>Who comes again with the same ID counts as a new person.</p>
        <TextField label={`Type “${word}” to go on`} value={typed} autoFocus autoComplete="off" autoCapitalize="none" spellCheck={false} onChange={(event) => setTyped(event.target.value)} />
        {error && <Note kind="danger"><p>{errorText(error)}</p></Note>}
        <DialogFoot>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="danger" disabled={!ready}>{pending ? 'Deleting…' : 'Delete person'}</Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}
