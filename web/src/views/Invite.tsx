import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError } from '../api/client';
import { invitationQuery, useAcceptInvitation } from '../api/members';
import type { OpenInvitation, User } from '../api/types';
import { roleHints } from '../lib/roles';
import { Link, navigate } from '../lib/router';
import { projectAddress } from '../lib/routes';
import { buttonClass, TextField } from '../ui/controls';
import { EmptyState, ErrorState, Note, Skeleton } from '../ui/states';
import { AccessForm, fieldProblems, leastPassword } from './Access';
import access from './Access.module.css';
import { Bare } from './Shell';

/** What an invitation's link opens: an account to be made, or to sign in with, and then the project. */
export default function InviteView({ token, user }: { token: string; user: User | null }) {
  const invitation = useQuery(invitationQuery(token));
  if (invitation.data) return <Accept token={token} invitation={invitation.data} user={user} />;
  if (invitation.isPending) return <Bare><div className={access['form']} aria-busy="true"><Skeleton width="60%" height={26} /><Skeleton height={120} /></div></Bare>;
  return (
    <Bare>
      {invitation.error instanceof ApiError && invitation.error.status === 404 ? (
        <EmptyState whole icon="link" title="This invitation opens nothing" actions={<Link href="/" className={buttonClass('primary')}>Go to Headroom</Link>}>
          It was used, revoked or mistyped, or is older than seven days. Ask whoever sent it for a new one.
        </EmptyState>
      ) : (
        <ErrorState whole title="The invitation could not be read" error={invitation.error} retry={() => void invitation.refetch()} />
      )}
    </Bare>
  );
}

function Accept({ token, invitation, user }: { token: string; invitation: OpenInvitation; user: User | null }) {
  const accept = useAcceptInvitation(token);
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const known = user?.email === invitation.email;
  const fields = fieldProblems(accept.error);
  const wrong = accept.error instanceof ApiError && accept.error.status === 401;
  const submit = () => accept.mutate(known ? {} : { password, name: name.trim() }, {
    onSuccess: ({ project }) => navigate(projectAddress(project, 'home'), { replace: true }),
  });
  return (
    <AccessForm title={`Join ${invitation.project}`} lead={`You are invited as ${invitation.role}. ${roleHints[invitation.role]}.`}
      error={Object.keys(fields).length > 0 ? null : accept.error} message={wrong ? 'This is not the password of that account.' : undefined}
      pending={accept.isPending} action={known || invitation.hasAccount ? 'Join the project' : 'Make the account and join'} onSubmit={submit}>
      {user && !known && <Note>You are signed in as {user.email}. Joining signs you in as {invitation.email} in this browser.</Note>}
      {!known && !invitation.hasAccount && (
        <TextField label="Your name" name="name" autoComplete="name" maxLength={100} autoFocus value={name} problem={fields['name']}
          onChange={(event) => setName(event.target.value)} />
      )}
      <TextField label="Email" name="email" type="email" autoComplete="username" readOnly value={invitation.email} />
      {!known && (invitation.hasAccount ? (
        <TextField label="Password" name="password" type="password" autoComplete="current-password" required autoFocus value={password}
          hint="Of the account that you have here." onChange={(event) => setPassword(event.target.value)} />
      ) : (
        <TextField label="Password" name="password" type="password" autoComplete="new-password" required minLength={leastPassword} maxLength={256}
          hint={`At least ${String(leastPassword)} characters. A sentence is better than a riddle.`} value={password} problem={fields['password']}
          onChange={(event) => setPassword(event.target.value)} />
      ))}
    </AccessForm>
  );
}
