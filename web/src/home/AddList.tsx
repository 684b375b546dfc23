import { lazy, Suspense, useState } from 'react';
import type { Project, TileDisplay, WebQuery } from '../api/types';
import { may } from '../lib/roles';
import { Button } from '../ui/controls';

const loadDialog = () => import('../dashboards/AddDialog');
const AddDialog = lazy(loadDialog);

interface AddListProps {
  project: Project;
  query: WebQuery;
  display: TileDisplay;
  /** What is added, for who cannot see where the button stands. */
  name: string;
}

/** Puts a part of Home on a dashboard; nothing for those who change none. */
export function AddList({ project, query, display, name }: AddListProps) {
  const [adding, setAdding] = useState(false);
  if (!may(project, 'editor')) return null;
  return (
    <>
      <Button small variant="ghost" aria-label={`Add to dashboard: ${name}`} onPointerEnter={() => void loadDialog()} onClick={() => setAdding(true)}>Add to dashboard</Button>
      {adding && <Suspense><AddDialog project={project} query={query} look={{ display }} onClose={() => setAdding(false)} /></Suspense>}
    </>
  );
}
