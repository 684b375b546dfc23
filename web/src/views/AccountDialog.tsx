import { useState, type SubmitEvent } from 'react';
import { useChangePassword } from '../api/members';
import type { User } from '../api/types';
import { Button, TextField } from '../ui/controls';
import { Dialog, DialogFoot } from '../ui/dialog';
import { errorText, Note } from '../ui/states';
import { useToast } from '../ui/toasts';
import access from './Access.module.css';
import { fieldProblems, leastPassword } from './Access';

/** One's own password. */
export default function AccountDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const change = useChangePassword();
  const [current, setCurrent] = useState('');
  const [password, setPassword] = useState('');
  const toast = useToast();
  const fields = fieldProblems(change.error);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    change.mutate({ current, password }, {
      onSuccess: () => {
        toast('Password changed');
        onClose();
      },
    });
  };
  return (
    <Dialog title="Change your password" onClose={onClose} testId="account-dialog">
      <form onSubmit={submit}>
        <div className={access['fields']}>
          {change.error && Object.keys(fields).length === 0 && <Note kind="danger">{errorText(change.error)}</Note>}
          <input type="email" name="email" autoComplete="username" readOnly hidden value={user.email} />
          <TextField label="Password until now" type="password" autoComplete="current-password" required autoFocus value={current} problem={fields['current']}
            onChange={(event) => setCurrent(event.target.value)} />
          <TextField label="New password" type="password" autoComplete="new-password" required minLength={leastPassword} maxLength={256} value={password}
            problem={fields['password']} hint={`At least ${String(leastPassword)} characters. You are signed out everywhere else.`}
            onChange={(event) => setPassword(event.target.value)} />
        </div>
        <DialogFoot>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" disabled={change.isPending}>{change.isPending ? 'One moment…' : 'Change the password'}</Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}
