import { useEffect, useState, type SubmitEvent, type ReactNode } from 'react';
import { ApiError } from '../api/client';
import { useSetup, useSignIn } from '../api/queries';
import { Button, TextField } from '../ui/controls';
import { errorText, Note } from '../ui/states';
import styles from './Access.module.css';
import { Bare } from './Shell';

export const leastPassword = 8;

export function SetupView() {
  const setup = useSetup();
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const fields = fieldProblems(setup.error);
  return (
    <AccessForm title="Welcome to Headroom" lead="Make the first account. It runs the server, and may do everything."
      error={setup.error} pending={setup.isPending} action="Create the account"
      onSubmit={() => setup.mutate({ name: name.trim(), email: email.trim(), password })}>
      <TextField label="Your name" name="name" autoComplete="name" required maxLength={200} autoFocus value={name}
        problem={fields['name']} onChange={(event) => setName(event.target.value)} />
      <TextField label="Email" name="email" type="email" autoComplete="username" required maxLength={254} value={email}
        problem={fields['email']} onChange={(event) => setEmail(event.target.value)} />
      <TextField label="Password" name="password" type="password" autoComplete="new-password" required minLength={leastPassword} maxLength={200}
        hint={`At least ${String(leastPassword)} characters. A sentence is better than a riddle.`} value={password}
        problem={fields['password']} onChange={(event) => setPassword(event.target.value)} />
    </AccessForm>
  );
}

export function SignInView() {
  const signIn = useSignIn();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const wrong = signIn.error instanceof ApiError && signIn.error.status === 401;
  return (
    <AccessForm title="Sign in" lead="to see your projects." error={signIn.error}
      message={wrong ? 'Email and password do not match.' : undefined}
      pending={signIn.isPending} action="Sign in" onSubmit={() => signIn.mutate({ email: email.trim(), password })}>
      <TextField label="Email" name="email" type="email" autoComplete="username" required autoFocus value={email}
        onChange={(event) => setEmail(event.target.value)} />
      <TextField label="Password" name="password" type="password" autoComplete="current-password" required value={password}
        onChange={(event) => setPassword(event.target.value)} />
    </AccessForm>
  );
}

interface AccessFormProps {
  title: string;
  lead: string;
  error: unknown;
  message?: string | undefined;
  pending: boolean;
  action: string;
  onSubmit: () => void;
  children: ReactNode;
}

/** A form on a page of its own, for whoever is not in yet. */
export function AccessForm({ title, lead, error, message, pending, action, onSubmit, children }: AccessFormProps) {
  useEffect(() => {
    document.title = `${title} · Headroom`;
  }, [title]);

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    onSubmit();
  };

  return (
    <Bare>
      <form className={styles['form']} onSubmit={submit} data-testid="access-form">
        <div>
          <h1>{title}</h1>
          <p className={styles['lead']}>{lead}</p>
        </div>
        {error !== null && <Note kind="danger">{message ?? describe(error)}</Note>}
        {children}
        <Button type="submit" variant="primary" disabled={pending}>{pending ? 'One moment…' : action}</Button>
      </form>
    </Bare>
  );
}

function describe(error: unknown): string {
  if (error instanceof ApiError && error.status === 429) {
    const wait = error.retryAfter === null ? 'a while' : `${error.retryAfter} seconds`;
    return `Too many attempts. Wait ${wait} and try again.`;
  }

  return errorText(error);
}

/** What is wrong with each field, in one text. */
export function fieldProblems(error: unknown): Record<string, string> {
  if (!(error instanceof ApiError)) return {};
  return Object.fromEntries(Object.entries(error.fields).map(([name, problems]) => [name, problems.join(' ')]));
}
