import { useState, type FormEvent } from 'react';
import { ApiError } from '../api/client';
import { useCreateProject } from '../api/queries';
import { localTimeZone, timeZones } from '../lib/dates';
import { navigate } from '../lib/router';
import { projectAddress } from '../lib/routes';
import { Button, SelectField, TextField } from '../ui/controls';
import { Dialog, DialogFoot } from '../ui/dialog';
import { errorText, Note } from '../ui/states';
import access from './Access.module.css';
import { keepReadKey } from './readKeys';

export function CreateProject({ first = false, onClose }: { first?: boolean; onClose?: () => void }) {
  const create = useCreateProject();
  const [name, setName] = useState('');
  const [timeZone, setTimeZone] = useState(localTimeZone);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate(
      { name: name.trim(), timeZone },
      {
        onSuccess: ({ project, readKey }) => {
          keepReadKey(project.id, readKey);
          onClose?.();
          navigate(projectAddress(project.id, 'start'));
        },
      },
    );
  };

  const problem = create.error instanceof ApiError ? create.error.fields['name']?.join(' ') : undefined;
  return (
    <form className={first ? access['form'] : undefined} onSubmit={submit} data-testid="create-project-form">
      {first && (
        <div>
          <h1>Create your first project</h1>
          <p className={access['lead']}>A project holds the events of one product, apart from all others.</p>
        </div>
      )}
      <div className={access['fields']}>
          {create.error && !problem && <Note kind="danger">{errorText(create.error)}</Note>}
          <TextField label="Name" name="name" required maxLength={100} autoFocus placeholder="My product" value={name} problem={problem}
            onChange={(event) => setName(event.target.value)} />
          <SelectField label="Time zone" hint="Days and weeks begin and end here." value={timeZone} onChange={(event) => setTimeZone(event.target.value)}>
            {timeZones(timeZone).map((zone) => <option key={zone}>{zone}</option>)}
          </SelectField>
      </div>
      {first ? (
        <Button type="submit" variant="primary" disabled={create.isPending}>Create the project</Button>
      ) : (
        <DialogFoot>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" disabled={create.isPending}>Create the project</Button>
        </DialogFoot>
      )}
    </form>
  );
}

export function CreateProjectDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="New project" onClose={onClose} testId="create-project-dialog">
      <CreateProject onClose={onClose} />
    </Dialog>
  );
}
