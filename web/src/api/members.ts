// Who may see a project, invitations, and one's own password. Only views that are loaded later use it.
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { call, setCsrfToken } from './client';
import { projectPath, projectsQuery, sessionQuery } from './queries';
import type { AddedMember, Invitation, InvitationAnswer, JoinedProject, Member, NewMember, OpenInvitation, PasswordChange, Role } from './types';

export const membersQuery = (project: string) =>
  queryOptions({
    queryKey: ['project', project, 'members'],
    queryFn: ({ signal }) => call<Member[]>(projectPath(project, '/members'), { signal }),
  });

export const invitationsQuery = (project: string) =>
  queryOptions({
    queryKey: ['project', project, 'invitations'],
    queryFn: ({ signal }) => call<Invitation[]>(projectPath(project, '/invitations'), { signal }),
  });

/** What a link is about; 404 where it opens nothing. */
export const invitationQuery = (token: string) =>
  queryOptions({
    queryKey: ['invitation', token],
    queryFn: ({ signal }) => call<OpenInvitation>(invitationPath(token), { signal }),
    staleTime: Infinity,
  });

export function useAddMember(project: string) {
  const refresh = useRefresh(project);
  return useMutation({
    mutationFn: (request: NewMember) => call<AddedMember>(projectPath(project, '/members'), { method: 'POST', body: request }),
    onSuccess: refresh,
  });
}

export function useChangeMember(project: string) {
  const refresh = useRefresh(project);
  return useMutation({
    mutationFn: ({ id, role }: { id: string; role: Role }) =>
      call<Member>(projectPath(project, `/members/${encodeURIComponent(id)}`), { method: 'PATCH', body: { role } }),
    onSettled: refresh,
  });
}

export function useRemoveMember(project: string) {
  const refresh = useRefresh(project);
  return useMutation({
    mutationFn: (id: string) => call<undefined>(projectPath(project, `/members/${encodeURIComponent(id)}`), { method: 'DELETE' }),
    onSuccess: refresh,
  });
}

/** Ends one's own membership; the project is not there any more afterwards. */
export function useLeaveProject(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => call<undefined>(projectPath(project, '/members/me'), { method: 'DELETE' }),
    onSuccess: () => {
      client.setQueryData(projectsQuery.queryKey, (projects) => projects?.filter((one) => one.id !== project));
      client.removeQueries({ queryKey: ['project', project] });
    },
  });
}

export function useRevokeInvitation(project: string) {
  const refresh = useRefresh(project);
  return useMutation({
    mutationFn: (id: string) => call<undefined>(projectPath(project, `/invitations/${encodeURIComponent(id)}`), { method: 'DELETE' }),
    onSuccess: refresh,
  });
}

/** Accepts an invitation; whoever does is signed in then. */
export function useAcceptInvitation(token: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (answer: InvitationAnswer) => {
      // The antiforgery token that the page holds may have gone stale while it lay open.
      await client.query({ ...sessionQuery, staleTime: 0 });
      return call<JoinedProject>(invitationPath(token), { method: 'POST', body: answer, expect401: true });
    },
    onSuccess: ({ session }) => {
      client.removeQueries({ predicate: (query) => query.queryKey[0] !== 'session' && query.queryKey[0] !== 'invitation' });
      setCsrfToken(session.csrfToken);
      client.setQueryData(sessionQuery.queryKey, session);
    },
  });
}

export function useChangePassword() {
  return useMutation({
    mutationFn: (request: PasswordChange) => call<undefined>('/api/session/password', { method: 'POST', body: request }),
  });
}

function invitationPath(token: string): string {
  return `/api/invitations/${encodeURIComponent(token)}`;
}

function useRefresh(project: string): () => void {
  const client = useQueryClient();
  return () => {
    void client.invalidateQueries({ queryKey: membersQuery(project).queryKey });
    void client.invalidateQueries({ queryKey: invitationsQuery(project).queryKey });
  };
}
