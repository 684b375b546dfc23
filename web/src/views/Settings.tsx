import { useIsFetching, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState, type SubmitEvent, type ReactNode } from 'react';
import { sessionQuery } from '../api/queries';
import { useChangeProject } from '../api/settings';
import type { Project, ProjectChanges, WeekStart } from '../api/types';
import { timeZones } from '../lib/dates';
import { cleanDomain } from '../lib/ledger';
import { may } from '../lib/roles';
import { useHash } from '../lib/router';
import Alerts from '../settings/Alerts';
import { Deletions } from '../settings/Deletions';
import { Export } from '../settings/Export';
import { Import } from '../settings/Import';
import { Members } from '../settings/Members';
import { Privacy } from '../settings/Privacy';
import { Retention } from '../settings/Retention';
import { sectionsFor } from '../settings/sections';
import { Button, IconButton, SelectField, TextField } from '../ui/controls';
import { errorText, Note } from '../ui/states';
import { classes } from '../ui/classes';
import ui from '../ui/ui.module.css';
import { useToast } from '../ui/toasts';
import { HealthPanel } from './HealthPanel';
import { Install } from './Install';
import { Keys } from './Keys';
import { LedgerPanel } from './LedgerPanel';
import { Page } from './Page';
import styles from './Settings.module.css';

export default function SettingsView({ project }: { project: Project }) {
  const admin = may(project, 'admin');
  const { data: session } = useQuery(sessionQuery);
  const operator = session?.user?.operator ?? false;
  const hash = useHash();
  const client = useQueryClient();
  const reading = useIsFetching() > 0;
  const shown = useRef<string>(null);
  // The page was not there yet when the browser looked for the part, and what is read above it moves it on.
  useEffect(() => {
    if (shown.current === hash) return;
    document.getElementById(hash.slice(1))?.scrollIntoView();
    if (client.isFetching() === 0) shown.current = hash;
  }, [client, hash, reading]);
  return (
    <Page title="Settings">
      <div className={styles['settings']}>
        <nav className={styles['toc']} aria-label="Settings">
          {sectionsFor(admin, operator).map(([id, label]) => <a key={id} href={`#${id}`}>{label}</a>)}
        </nav>
        <div className={styles['sections']}>
          <Section id="general" title="General" lead="What the project is called and how its days are counted.">
            <General key={project.id} project={project} />
          </Section>
          {admin && (
            <Section id="install" title="Send events" lead="Use the SDK that you already have, unchanged. Choose yours and paste.">
              <Install project={project} />
            </Section>
          )}
          {admin && (
            <Section id="keys" title="Keys" lead="Write keys send events and are public. Read keys read this project’s results and are secret.">
              <Keys project={project} />
            </Section>
          )}
          {admin && (
            <Section id="import" title="Import" lead="Events of the past from a file. The same file sent twice counts once."><Import key={project.id} project={project} /></Section>
          )}
          <Section id="export" title="Export" lead="Every event that is stored, as lines of JSON in a compressed file."><Export project={project} /></Section>
          <Section id="members" title="Members" lead="Who may see this project, and what each may do."><Members project={project} /></Section>
          {admin && (
            <>
              <Section id="retention" title="Data retention" lead="How long events are kept. Older ones are removed for good, a day at a time.">
                <Retention key={project.id} project={project} />
              </Section>
              <Section id="privacy" title="Privacy" lead="What is kept of visitors. Applies to events from now on; what is stored already stays.">
                <Privacy key={project.id} project={project} />
              </Section>
              <Section id="deletions" title="Deleted persons" lead="A receipt for each person who was deleted. It holds nothing of the person but the ID. To delete one, open the person under Persons.">
                <Deletions project={project} />
              </Section>
            </>
          )}
          <Section id="ledger" title="Ledger" lead="Where every event went that was ever received: stored, a duplicate, rejected, or waiting.">
            <LedgerPanel project={project} />
          </Section>
          <Section id="health" title="Health" lead="The parts of this server. When one is not well, every page says so.">
            <HealthPanel timeZone={project.timeZone} />
          </Section>
          {operator && (
            <Section id="alerts" title="Alerts" lead="What is wrong with this server now, or soon will be, and who is told. For operators.">
              <Alerts timeZone={project.timeZone} />
            </Section>
          )}
        </div>
      </div>
    </Page>
  );
}

function Section({ id, title, lead, children }: { id: string; title: string; lead: string; children: ReactNode }) {
  return (
    <section id={id} className={classes(ui['card'], styles['section'])} aria-labelledby={`${id}-title`}>
      <header>
        <h2 id={`${id}-title`}>{title}</h2>
        <p className={styles['hint']}>{lead}</p>
      </header>
      {children}
    </section>
  );
}

function General({ project }: { project: Project }) {
  const change = useChangeProject(project.id);
  const toast = useToast();
  const [draft, setDraft] = useState({
    name: project.name,
    timeZone: project.timeZone,
    weekStartsOn: project.weekStartsOn,
    domains: project.domains,
  });
  const changes = changed(project, draft);
  const editable = may(project, 'admin');
  const dirty = Object.keys(changes).length > 0;

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    change.mutate(changes, { onSuccess: () => toast('Settings saved') });
  };

  return (
    <form className={styles['form']} onSubmit={submit} data-testid="general-form">
      {!editable && <p className={styles['hint']}>Changing these needs the role admin; yours is {project.role}.</p>}
      <fieldset className={styles['fields']} disabled={!editable}>
        {change.error && <Note kind="danger">{errorText(change.error)}</Note>}
        <TextField label="Name" required maxLength={100} value={draft.name} onChange={(event) => setDraft({ ...draft, name: event.target.value })} />
        <div className={styles['pair']}>
          <SelectField label="Time zone" hint="Days begin and end here." value={draft.timeZone} onChange={(event) => setDraft({ ...draft, timeZone: event.target.value })}>
            {timeZones(draft.timeZone).map((zone) => <option key={zone}>{zone}</option>)}
          </SelectField>
          <SelectField label="Weeks start on" value={draft.weekStartsOn} onChange={(event) => setDraft({ ...draft, weekStartsOn: event.target.value as WeekStart })}>
            <option value="monday">Monday</option>
            <option value="sunday">Sunday</option>
          </SelectField>
        </div>
        <Domains domains={draft.domains} editable={editable} onChange={(domains) => setDraft({ ...draft, domains })} />
      </fieldset>
      {editable && (
        <div className={styles['save']}>
          <Button type="submit" variant="primary" disabled={!dirty || change.isPending}>Save</Button>
          {dirty && <Button variant="ghost" onClick={() => setDraft({ ...project })}>Undo changes</Button>}
        </div>
      )}
    </form>
  );
}

function changed(project: Project, draft: Required<Pick<ProjectChanges, 'name' | 'timeZone' | 'weekStartsOn' | 'domains'>>): ProjectChanges {
  const changes: ProjectChanges = {};
  if (draft.name.trim() !== project.name) changes.name = draft.name.trim();
  if (draft.timeZone !== project.timeZone) changes.timeZone = draft.timeZone;
  if (draft.weekStartsOn !== project.weekStartsOn) changes.weekStartsOn = draft.weekStartsOn;
  if (draft.domains.join() !== project.domains.join()) changes.domains = draft.domains;
  return changes;
}

function Domains({ domains, editable, onChange }: { domains: readonly string[]; editable: boolean; onChange: (domains: string[]) => void }) {
  const [text, setText] = useState('');
  const domain = cleanDomain(text);
  const add = () => {
    if (domain === null) return;
    if (!domains.includes(domain)) onChange([...domains, domain]);
    setText('');
  };
  return (
    <fieldset className={styles['domains']}>
      <legend>Domains</legend>
      <p className={styles['hint']}>Plausible’s trackers name their domain instead of a key.{!editable && domains.length === 0 && ' This project has none.'}</p>
      {domains.length > 0 && (
        <ul>
          {domains.map((one) => (
            <li key={one}>
              {one}
              {editable && <IconButton small icon="close" label={`Remove ${one}`} onClick={() => onChange(domains.filter((other) => other !== one))} />}
            </li>
          ))}
        </ul>
      )}
      {editable && (
        <div className={styles['addDomain']}>
          <input className={ui['input']} type="text" inputMode="url" aria-label="Domain to add" placeholder="example.org" maxLength={300} value={text}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => {
              if (event.key !== 'Enter' || text.trim() === '') return;
              event.preventDefault();
              add();
            }} />
          <Button onClick={add} disabled={domain === null}>Add</Button>
        </div>
      )}
    </fieldset>
  );
}
