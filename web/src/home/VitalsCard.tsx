import { useQuery } from '@tanstack/react-query';
import { insightQuery } from '../api/queries';
import type { Project } from '../api/types';
import { AddList } from './AddList';
import { Card, Part } from './Card';
import { vitalsQuery, type HomeState } from './state';
import { noVitals, Vitals } from './Vitals';

/** How fast pages are. */
export function VitalsCard({ project, state, now }: { project: Project; state: HomeState; now: Date }) {
  const query = vitalsQuery(state, project.timeZone, now);
  const result = useQuery(insightQuery(project.id, query));
  const found = result.data?.vitals;
  return (
    <Card title="Web vitals" testId="card-vitals" foot={found && !noVitals(found) && <AddList project={project} query={query} display="table" name="Web vitals" />}>
      <Part ready={found !== undefined} error={result.error} stale={result.isPlaceholderData} retry={() => void result.refetch()}
        empty={found && noVitals(found) ? 'No page was measured in this time.' : null}>
        {result.data && found && <Vitals answer={result.data} found={found} query={query} />}
      </Part>
    </Card>
  );
}
