import { useQuery } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { propertyNamesQuery } from '../api/queries';
import { useChangeProject } from '../api/settings';
import type { Project, ProjectChanges } from '../api/types';
import { propertyLabel } from '../lib/format';
import { Button, Checkbox, IconButton } from '../ui/controls';
import { Picker } from '../ui/picker';
import { errorText, Note } from '../ui/states';
import { useToast } from '../ui/toasts';
import styles from '../views/Settings.module.css';

const most = 100;
const ofPersons = 'person.';

/** What is kept of visitors from now on. */
export function Privacy({ project }: { project: Project }) {
  const change = useChangeProject(project.id);
  const toast = useToast();
  const [keepIp, setKeepIp] = useState(project.keepIp);
  const [cookieless, setCookieless] = useState(project.cookieless);
  const [dropped, setDropped] = useState<readonly string[]>(project.droppedProperties);
  const changes: ProjectChanges = {};
  if (keepIp !== project.keepIp) changes.keepIp = keepIp;
  if (cookieless !== project.cookieless) changes.cookieless = cookieless;
  if (dropped.join('\n') !== project.droppedProperties.join('\n')) changes.droppedProperties = [...dropped];
  const dirty = Object.keys(changes).length > 0;

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    change.mutate(changes, { onSuccess: () => toast('Privacy settings saved') });
  };

  return (
    <form className={styles['form']} onSubmit={submit} data-testid="privacy-form">
      {change.error && <Note kind="danger">{errorText(change.error)}</Note>}
      <div>
        <Checkbox label="Cookieless" checked={cookieless} aria-describedby="cookieless-hint" onChange={(event) => setCookieless(event.target.checked)} />
        <div id="cookieless-hint" className={styles['hint']}>
          <p>Visitors are told apart by address, browser and site, hashed with a secret of the day, and by nothing that their devices store.</p>
          <ul className={styles['points']}>
            <li>Whoever comes back on another day (UTC) is a new person: unique persons of several days count more, and retention and funnels end with the day.</li>
            <li>People behind one address with the same browser are one person.</li>
            <li>Whoever signs in, or is named by your servers, stays the same person. What they did before signing in that day is not theirs.</li>
          </ul>
          {cookieless && <p>Your SDK should store nothing either: <a href="#install">Send events</a> says how.</p>}
        </div>
      </div>
      <div>
        <Checkbox label="Keep IP addresses" checked={keepIp} onChange={(event) => setKeepIp(event.target.checked)} />
        <p className={styles['hint']}>Otherwise an address is used to find the country and then dropped.</p>
      </div>
      <fieldset className={styles['domains']}>
        <legend>Properties not to store</legend>
        <p className={styles['hint']}>Left out of events and of persons as though they had not been sent, and not used to find out anything either.</p>
        {dropped.length > 0 && (
          <ul data-testid="dropped">
            {dropped.map((one) => (
              <li key={one}>
                <span title={one}>{propertyLabel(one)}</span>
                <IconButton small icon="close" label={`Store ${one} again`} onClick={() => setDropped(dropped.filter((other) => other !== one))} />
              </li>
            ))}
          </ul>
        )}
        {dropped.length < most
          ? <NamePicker project={project.id} dropped={dropped} onAdd={(name) => setDropped([...dropped, name])} />
          : <p className={styles['hint']}>{most} is the most.</p>}
      </fieldset>
      <div className={styles['save']}>
        <Button type="submit" variant="primary" disabled={!dirty || change.isPending}>Save</Button>
        {dirty && (
          <Button variant="ghost" onClick={() => {
            setKeepIp(project.keepIp);
            setCookieless(project.cookieless);
            setDropped(project.droppedProperties);
          }}>Undo changes</Button>
        )}
      </div>
    </form>
  );
}

/** Names of properties of events and persons; one that never came can be typed. */
function NamePicker({ project, dropped, onAdd }: { project: string; dropped: readonly string[]; onAdd: (name: string) => void }) {
  const [search, setSearch] = useState<string | null>(null);
  const { data, error } = useQuery({ ...propertyNamesQuery(project, null, search ?? ''), enabled: search !== null });
  const names = data && [...new Set(data.map((one) => (one.name.startsWith(ofPersons) ? one.name.slice(ofPersons.length) : one.name)))];
  return (
    <Picker label="Property not to store" text="Add a property" placeholder="Find or type a property" selected={[]} custom testId="dropped-picker" className={styles['start']}
      options={names?.filter((name) => !dropped.includes(name)).map((name) => {
        const label = propertyLabel(name);
        return { value: name, label, ...(label === name ? {} : { detail: name }) };
      })}
      error={error} onSearch={setSearch} emptyText="No property has such a name."
      onSelect={([name]) => {
        if (name !== undefined && !dropped.includes(name)) onAdd(name);
      }} />
  );
}
