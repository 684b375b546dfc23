import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { keysQuery } from '../api/settings';
import type { Project } from '../api/types';
import { snippets } from '../lib/snippets';
import { Code } from '../ui/code';
import { Segments } from '../ui/controls';
import { ErrorState, Note, Skeleton } from '../ui/states';
import styles from './Settings.module.css';

/** How to send events, for each SDK, with the project's own key. */
export function Install({ project }: { project: Project }) {
  const keys = useQuery(keysQuery(project.id));
  const [chosen, setChosen] = useState('posthog-js');

  if (keys.isPending) return <Skeleton height={320} />;
  if (keys.isError) return <ErrorState title="The keys could not be read" error={keys.error} retry={() => void keys.refetch()} />;
  const writeKey = keys.data.find((one) => one.kind === 'write')?.key;
  if (!writeKey) return <Note>This project has no write key. Make one below to send events.</Note>;

  const all = snippets(window.location.origin, writeKey, project.domains[0] ?? 'your-domain.example', project.cookieless);
  const snippet = all.find((one) => one.id === chosen) ?? all[0];
  if (!snippet) return null;
  return (
    <div className={styles['install']} data-testid="snippets">
      <div className={styles['sdks']}>
        <Segments label="SDK" value={snippet.id} onChange={setChosen} options={all.map((one) => ({ value: one.id, label: one.label }))} />
      </div>
      <p className={styles['hint']}>{snippet.hint}</p>
      {snippet.install !== null && <Code text={snippet.install} what="install command" />}
      <Code text={snippet.code} what={`${snippet.label} snippet`} />
      {snippet.id.startsWith('plausible') && project.domains.length === 0 && (
        <Note>Plausible’s trackers name no key, so the domain tells the project. Add yours to the domains in the settings.</Note>
      )}
    </div>
  );
}
