import { useCallback } from 'react';
import type { Project } from '../api/types';
import { Link, useSearch, useSetSearch } from '../lib/router';
import { projectAddress } from '../lib/routes';
import { Icon, type IconName } from '../ui/icons';
import ui from '../ui/ui.module.css';
import { Page } from '../views/Page';
import { EventNames } from './EventNames';
import { Problems } from './Problems';
import { PropertyNames } from './PropertyNames';
import { defaultData, formatData, parseData, type DataState, type DataTab } from './state';

const labels: readonly { tab: DataTab; label: string; icon: IconName }[] = [
  { tab: 'events', label: 'Events', icon: 'events' },
  { tab: 'properties', label: 'Properties', icon: 'filter' },
  { tab: 'problems', label: 'Ingestion problems', icon: 'warning' },
];

export default function DataView({ project }: { project: Project }) {
  const address = useSearch();
  const setSearch = useSetSearch();
  const state = parseData(address);
  const update = useCallback((changed: Partial<DataState>) => setSearch(formatData({ ...parseData(window.location.search), ...changed })), [setSearch]);
  const { tab } = state;
  return (
    <Page title="Data" documentTitle={labels.find((one) => one.tab === tab)?.label ?? 'Data'}>
      <nav className={ui['tabs']} aria-label="Data">
        {labels.map((one) => (
          <Link key={one.tab} href={projectAddress(project.id, 'data', formatData({ ...defaultData, tab: one.tab }))} aria-current={one.tab === tab ? 'page' : undefined}>
            <Icon name={one.icon} />{one.label}
          </Link>
        ))}
      </nav>
      {tab === 'events' && <EventNames project={project} state={state} update={update} />}
      {tab === 'properties' && <PropertyNames project={project} state={state} update={update} />}
      {tab === 'problems' && <Problems project={project} state={state} update={update} />}
    </Page>
  );
}
