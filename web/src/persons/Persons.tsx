import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import { cohortsQuery, personQuery, personsQuery } from '../api/persons';
import type { Project } from '../api/types';
import { plural } from '../lib/format';
import { Link, useSearch, useSetSearch } from '../lib/router';
import { projectAddress } from '../lib/routes';
import { Button, buttonClass, Select } from '../ui/controls';
import { Dialog } from '../ui/dialog';
import { SearchField } from '../ui/search';
import { EmptyState, ErrorState } from '../ui/states';
import ui from '../ui/ui.module.css';
import { Page } from '../views/Page';
import { personName } from './person';
import { PersonDetails } from './PersonDetails';
import { PersonList, PersonListSkeleton } from './PersonList';
import styles from './persons.module.css';
import { defaultPersons, formatPersons, parsePersons, type PersonsState } from './state';
import { PersonsTabs } from './Tabs';

export default function PersonsView({ project }: { project: Project }) {
  const address = useSearch();
  const setSearch = useSetSearch();
  const state = parsePersons(address);
  const update = (changed: Partial<PersonsState>) => setSearch(formatPersons({ ...state, ...changed }));
  const query = useInfiniteQuery(personsQuery(project.id, state.search, state.cohort));
  const cohorts = useQuery(cohortsQuery(project.id));
  const persons = query.data?.pages.flatMap((page) => page.persons) ?? [];
  const narrowed = state.search !== '' || state.cohort !== null;
  const close = useCallback(() => setSearch(formatPersons({ ...parsePersons(window.location.search), open: null })), [setSearch]);

  return (
    <Page title="Persons">
      <PersonsTabs project={project} view="persons" />
      <section className={ui['card']} aria-label="Persons, the newest first">
        <div className={styles['tools']}>
          <SearchField label="Search persons" placeholder="Distinct ID, e-mail or name" testId="search-persons" search={state.search} onChange={(search) => update({ search })} />
          <Select label="Of which cohort" value={state.cohort ?? ''} data-testid="cohort" onChange={(event) => update({ cohort: event.target.value === '' ? null : Number(event.target.value) })}>
            <option value="">In any cohort or none</option>
            {cohorts.data?.map((one) => <option key={one.id} value={one.id}>In {one.name}</option>)}
            {state.cohort !== null && !cohorts.data?.some((one) => one.id === state.cohort) && <option value={state.cohort}>In cohort {state.cohort}</option>}
          </Select>
        </div>
        <div className={styles['list']}>
          {query.isError && persons.length === 0 ? (
            <ErrorState title="The persons could not be read" error={query.error} retry={() => void query.refetch()} />
          ) : query.isPending ? (
            <PersonListSkeleton dated />
          ) : persons.length === 0 ? (
            narrowed ? (
              <EmptyState icon="search" title="Nobody found" actions={<Button onClick={() => update(defaultPersons)}>Show all persons</Button>}>
                A distinct ID is found when it is typed as a whole; of an e-mail address or a name a part is enough.
              </EmptyState>
            ) : (
              <EmptyState icon="persons" title="No persons yet" actions={<Link href={projectAddress(project.id, 'start')} className={buttonClass('primary')}>Set up an SDK</Link>}>
                Everybody whose events arrive with a profile is listed here.
              </EmptyState>
            )
          ) : (
            <>
              <PersonList dated project={project} persons={persons} stale={query.isPlaceholderData} onOpen={(person) => update({ open: person.uuid })} />
              <div className={styles['foot']}>
                <span role="status">{plural(persons.length, 'person')} shown</span>
                {query.hasNextPage ? (
                  <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>{query.isFetchingNextPage ? 'Reading…' : 'Load more'}</Button>
                ) : (
                  <span>That is all of them</span>
                )}
              </div>
              {query.isFetchNextPageError && <ErrorState title="More persons could not be read" error={query.error} />}
            </>
          )}
        </div>
      </section>
      {state.open !== null && <PersonDialog key={state.open} project={project} uuid={state.open} onClose={close} />}
    </Page>
  );
}

function PersonDialog({ project, uuid, onClose }: { project: Project; uuid: string; onClose: () => void }) {
  const { data: person } = useQuery(personQuery(project.id, uuid));
  return (
    <Dialog side onClose={onClose} title={person ? personName(person).name : 'Person'} testId="person-dialog">
      <PersonDetails project={project} uuid={uuid} />
    </Dialog>
  );
}
