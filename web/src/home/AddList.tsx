import { lazy, Suspense, useState } from 'react';
import type { Project, TileDisplay, WebQuery } from '../api/types';
import { may } from '../lib/roles';
import { IconButton } from '../ui/controls';

const loadDialog = () => import('../dashboards/AddDialog');
const AddDialog = lazy(loadDialog);

interface AddListProps {
  project: Project;
  query: WebQuery;
  display: TileDisplay;
  /** What is added: the button is a mark in a card. */
  name: string;
}

/** Puts a part of Home on a dashboard; nothing for those who change none. */
export function AddList({ project, query, display, name }: AddListProps) {
  const [adding, setAdding] = useState(false);
  if (!may(project, 'editor')) return null;
  return (
    <>
      <IconButton small icon="dashboards" label={`Add to dashboard: ${name}`} onPointerEnter={() => void loadDialog()} onClick={() => setAdding(true)} />
      {adding && <Suspense><AddDialog project={project} query={query} look={{ display }} onClose={() => setAdding(false)} /></Suspense>}
    </>
  );
}
