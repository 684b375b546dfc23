import { useQuery } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { ApiError } from '../api/client';
import { invitationsQuery, membersQuery, useAddMember, useChangeMember, useLeaveProject, useRemoveMember, useRevokeInvitation } from '../api/members';
import { sessionQuery } from '../api/queries';
import type { CreatedInvitation, Invitation, Member, Project, Role } from '../api/types';
import { formatDate } from '../lib/format';
import { may, roleHints, roles } from '../lib/roles';
import { navigate } from '../lib/router';
import { Button, IconButton, Select, SelectField, TextField } from '../ui/controls';
import { Confirm, Dialog, DialogFoot } from '../ui/dialog';
import { errorText, ErrorState, Note, Skeleton } from '../ui/states';
import { useCopy, useToast } from '../ui/toasts';
import styles from './members.module.css';

/** Who may see the project and what each may do; whom to add, for those who may. */
export function Members({ project }: { project: Project }) {
  const members = useQuery(membersQuery(project.id));
  const { data: session } = useQuery(sessionQuery);
  const [leaving, setLeaving] = useState(false);
  const manages = may(project, 'admin');
  if (members.isPending) return <Skeleton height={140} />;
  if (members.isError) return <ErrorState title="The members could not be read" error={members.error} retry={() => void members.refetch()} />;
  return (
    <div className={styles['members']}>
      <ul className={styles['list']} data-testid="members">
        {members.data.map((one) => <MemberRow key={one.id} project={project} member={one} self={one.id === session?.user?.id} manages={manages} />)}
      </ul>
      {members.data.some((one) => one.id === session?.user?.id && !one.operator) && (
        <Button className={styles['leave']} onClick={() => setLeaving(true)}>Leave project</Button>
      )}
      {leaving && <Leave project={project} onClose={() => setLeaving(false)} />}
      {manages && <Add project={project} />}
      {manages && <Invitations project={project} />}
    </div>
  );
}

function MemberRow({ project, member, self, manages }: { project: Project; member: Member; self: boolean; manages: boolean }) {
  const change = useChangeMember(project.id);
  const [removing, setRemoving] = useState(false);
  const toast = useToast();
  // Nobody changes a role above their own; who runs the server is not made an owner here.
  const changeable = manages && !member.operator && may(project, member.role);
  const give = (role: Role, undo?: Role) =>
    change.mutate({ id: member.id, role }, {
      onSuccess: () => toast(`${member.name}’s role is ${role} now`, undo === undefined ? {} : { action: { label: 'Undo', run: () => give(undo) } }),
      onError: (error) => toast(errorText(error), { failed: true }),
    });
  return (
    <li>
      <div className={styles['who']}>
        <strong>{member.name}{self && <small> (you)</small>}</strong>
        <span>{member.email}</span>
      </div>
      {changeable && !self ? (
        <Select label={`Role of ${member.name}`} value={change.isPending ? change.variables.role : member.role} disabled={change.isPending}
          onChange={(event) => give(event.target.value as Role, member.role)}>
          <RoleOptions project={project} />
        </Select>
      ) : (
        <span className={styles['role']} title={member.operator ? 'Runs the server, and is an owner of every project' : roleHints[member.role]}>
          {member.operator ? 'operator' : member.role}
        </span>
      )}
      {manages && (
        <span className={styles['tools']}>
          {changeable && !self && <IconButton small icon="trash" label={`Remove ${member.name}`} onClick={() => setRemoving(true)} />}
        </span>
      )}
      {removing && <Remove project={project} member={member} onClose={() => setRemoving(false)} />}
    </li>
  );
}

function RoleOptions({ project }: { project: Project }) {
  return roles.filter((role) => may(project, role)).map((role) => <option key={role} value={role}>{role}</option>);
}

function Remove({ project, member, onClose }: { project: Project; member: Member; onClose: () => void }) {
  const remove = useRemoveMember(project.id);
  const toast = useToast();
  return (
    <Confirm title={`Remove ${member.name} from ${project.name}?`} action="Remove" pending={remove.isPending} onClose={onClose}
      onConfirm={() => remove.mutate(member.id, {
        onSuccess: () => {
          toast(`${member.name} is no member any more`);
          onClose();
        },
        onError: (error) => toast(errorText(error), { failed: true }),
      })}>
      <p>{member.email} does not see this project from now on. What they made stays, and so does their account.</p>
    </Confirm>
  );
}

function Leave({ project, onClose }: { project: Project; onClose: () => void }) {
  const leave = useLeaveProject(project.id);
  const toast = useToast();
  return (
    <Confirm title={`Leave ${project.name}?`} action="Leave project" pending={leave.isPending} onClose={onClose}
      onConfirm={() => void leave.mutateAsync().then(() => {
        toast(`You left ${project.name}`);
        navigate('/', { replace: true });
      }, (error: unknown) => {
        toast(errorText(error), { failed: true });
        onClose();
      })}>
      <p>You do not see this project from now on; somebody who manages it can add you again. What you made stays, but for invitations that wait.</p>
    </Confirm>
  );
}

function Add({ project }: { project: Project }) {
  const add = useAddMember(project.id);
  const toast = useToast();
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [made, setMade] = useState<CreatedInvitation | null>(null);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    add.mutate({ email: email.trim(), role }, {
      onSuccess: ({ member, invitation }) => {
        setEmail('');
        setMade(invitation);
        if (member) toast(`${member.name} is ${role} now`);
      },
    });
  };
  return (
    <form className={styles['add']} onSubmit={submit} data-testid="add-member">
      <div className={styles['fields']}>
        <TextField label="Add by email" type="email" required maxLength={254} autoComplete="off" placeholder="grace@example.org" value={email}
          problem={add.error ? problem(add.error) : undefined} onChange={(event) => setEmail(event.target.value)} />
        <SelectField label="Role" value={role} onChange={(event) => setRole(event.target.value as Role)}><RoleOptions project={project} /></SelectField>
        <Button type="submit" icon="plus" disabled={add.isPending}>Add</Button>
      </div>
      <p className={styles['hint']}>{roleHints[role]}. Who has no account here yet gets a link from you.</p>
      {made && <Link invitation={made} onClose={() => setMade(null)} />}
    </form>
  );
}

function problem(error: unknown): string {
  return error instanceof ApiError ? (error.fields['email']?.join(' ') ?? error.text) : errorText(error);
}

function Link({ invitation: { invitation, token }, onClose }: { invitation: CreatedInvitation; onClose: () => void }) {
  const copy = useCopy();
  const address = `${window.location.origin}/invite/${token}`;
  return (
    <Dialog title="Send this link" onClose={onClose} testId="invitation-dialog">
      <div className={styles['link']}>
        <p>{invitation.email} has no account here yet. With this link they make one and see the project, once, until {expiry(invitation)}.</p>
        <div className={styles['secret']}>
          <code data-testid="secret">{address}</code>
          <Button small icon="copy" onClick={() => copy(address, 'Link')}>Copy</Button>
        </div>
        <Note>It is shown this once: only its hash is stored. Adding the same email again makes a new one.</Note>
      </div>
      <DialogFoot><Button variant="primary" onClick={onClose}>Done</Button></DialogFoot>
    </Dialog>
  );
}

function expiry(invitation: Invitation): string {
  return formatDate(invitation.expiresAt.slice(0, 10));
}

function Invitations({ project }: { project: Project }) {
  const invitations = useQuery(invitationsQuery(project.id));
  const revoke = useRevokeInvitation(project.id);
  const [leaving, setLeaving] = useState<Invitation | null>(null);
  const toast = useToast();
  if (invitations.isError) return <ErrorState title="The invitations could not be read" error={invitations.error} retry={() => void invitations.refetch()} />;
  if (!invitations.data || invitations.data.length === 0) return null;
  return (
    <section className={styles['waiting']} aria-labelledby="invitations-title">
      <h3 id="invitations-title">Invited, not here yet</h3>
      <ul className={styles['list']} data-testid="invitations">
        {invitations.data.map((one) => (
          <li key={one.id}>
            <div className={styles['who']}>
              <strong>{one.email}</strong>
              <span>{one.invitedBy === null ? '' : `by ${one.invitedBy}, `}until {expiry(one)}</span>
            </div>
            <span className={styles['role']} title={roleHints[one.role]}>{one.role}</span>
            <span className={styles['tools']}><IconButton small icon="trash" label={`Revoke the invitation of ${one.email}`} onClick={() => setLeaving(one)} /></span>
          </li>
        ))}
      </ul>
      {leaving && (
        <Confirm title={`Revoke the invitation of ${leaving.email}?`} action="Revoke" pending={revoke.isPending} onClose={() => setLeaving(null)}
          onConfirm={() => revoke.mutate(leaving.id, {
            onSuccess: () => {
              setLeaving(null);
              toast('The invitation is revoked');
            },
            onError: (error) => toast(errorText(error), { failed: true }),
          })}>
          <p>The link opens nothing from then on. Another can be made at any time.</p>
        </Confirm>
      )}
    </section>
  );
}
