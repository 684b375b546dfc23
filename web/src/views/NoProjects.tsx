import { useSignOut } from '../api/queries';
import type { User } from '../api/types';
import { Button } from '../ui/controls';
import { EmptyState } from '../ui/states';
import { Bare } from './Shell';

/** For whoever is signed in and a member of nothing. */
export default function NoProjects({ user }: { user: User }) {
  const signOut = useSignOut();
  return (
    <Bare>
      <EmptyState whole icon="persons" title="No project yet" actions={<Button disabled={signOut.isPending} onClick={() => signOut.mutate()}>Sign out</Button>}>
        You are signed in as {user.email}. Ask an admin of a project to add you with this email.
      </EmptyState>
    </Bare>
  );
}
