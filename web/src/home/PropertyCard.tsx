import { lazy, Suspense, useState } from 'react';
import type { Project } from '../api/types';
import { Button } from '../ui/controls';
import { EmptyState, Skeleton } from '../ui/states';
import { Card } from './Card';
import { ListCard, type Overview } from './ListCard';
import { propertyTab } from './lists';
import type { HomeState } from './state';

const loadPicker = () => import('../views/FilterEditor').then((views) => ({ default: views.PropertyPicker }));
const PropertyPicker = lazy(loadPicker);

interface PropertyCardProps {
  project: Project;
  state: HomeState;
  now: Date;
  overview: Overview;
  everybody: number | null;
  onChange: (changed: Partial<HomeState>) => void;
}

/** Visits by whatever the reader chooses: a property of events, of visitors or of their groups, or a cohort. */
export function PropertyCard(props: PropertyCardProps) {
  const { project, state, onChange } = props;
  const [choosing, setChoosing] = useState(false);
  const picker = (choosing || state.listed !== null) && (
    <Suspense fallback={<Skeleton width={160} height={34} />}>
      <PropertyPicker project={project.id} event={null} value={state.listed} label="Property of the list" placeholder="Choose a property" testId="list-property"
        onChange={(listed) => onChange({ listed })} />
    </Suspense>
  );
  if (state.listed === null) {
    return (
      <Card title="By a property" testId="card-property" picker={picker}>
        <EmptyState icon="search" title="A list of your own"
          actions={!choosing && <Button onPointerEnter={() => void loadPicker()} onClick={() => setChoosing(true)} data-testid="choose-list-property">Choose a property</Button>}>
          Visits by any property of events, visitors or their groups, or by a cohort.
        </EmptyState>
      </Card>
    );
  }

  // What is kept in sight while the next answer comes would be of another property.
  return <ListCard key={state.listed} {...props} title="By a property" tab={propertyTab(state.listed)} together={false} testId="card-property" picker={picker} />;
}
