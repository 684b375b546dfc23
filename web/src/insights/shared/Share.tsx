import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useId, useRef, useState } from 'react';
import { sqlSchemaQuery } from '../../api/sql';
import type { InsightQuery, Project } from '../../api/types';
import { IconButton } from '../../ui/controls';
import { Icon, type IconName } from '../../ui/icons';
import { Popover } from '../../ui/popover';
import { errorText } from '../../ui/states';
import { useCopy, useToast } from '../../ui/toasts';
import styles from '../insight.module.css';
import { apiCall, pngOf, svgText } from './share';
import { downloadFile } from '../../lib/csv';

/** What is shown, to be taken elsewhere: its address, the call that asks for it, and its picture. The table has the figures. */
export function Share({ project, query }: { project: Project; query: InsightQuery }) {
  const button = useRef<HTMLSpanElement>(null);
  const [picture, setPicture] = useState<HTMLElement | null>(null);
  const copy = useCopy();
  const toast = useToast();
  const drawing = picture?.querySelector<SVGSVGElement>('figure svg') ?? null;
  const look = () => setPicture(pictureOf(button.current));
  const image = (part: HTMLElement, take: (png: Promise<Blob>) => Promise<void>, done: string) => {
    take(pngOf(part)).then(() => toast(done), (error: unknown) => toast(errorText(error), { failed: true }));
  };
  return (
    <span ref={button} onPointerDownCapture={look} onKeyDownCapture={look}>
      <Popover label="Share" width={230}
        trigger={(trigger) => <IconButton {...trigger} small icon="share" label="Share what is shown" data-testid="share" />}>
        {(close) => (
          <ul className={styles['share']}>
            <Choice icon="link" text="Copy the link" onPress={() => {
              copy(window.location.href, 'Link');
              close();
            }} />
            <Choice icon="code" text="Copy as an API call" onPress={() => {
              copy(apiCall(window.location.origin, project.id, query), 'API call');
              close();
            }} />
            <SqlChoice project={project} query={query} onCopy={(sql) => {
              copy(sql, 'SQL');
              close();
            }} />
            {picture && window.isSecureContext && (
              <Choice icon="copy" text="Copy the picture" onPress={() => {
                image(picture, (png) => navigator.clipboard.write([new ClipboardItem({ 'image/png': png })]), 'Picture copied');
                close();
              }} />
            )}
            {picture && (
              <Choice icon="trends" text="Save the picture (PNG)" onPress={() => {
                image(picture, async (png) => downloadFile(`${query.kind}.png`, await png, 'image/png'), 'Picture saved');
                close();
              }} />
            )}
            {drawing && (
              <Choice icon="trends" text="Save the picture (SVG)" onPress={() => {
                downloadFile(`${query.kind}.svg`, svgText(drawing), 'image/svg+xml');
                close();
              }} />
            )}
          </ul>
        )}
      </Popover>
    </span>
  );
}

/** The statement that asks the same, or why there is none. */
function SqlChoice({ project, query, onCopy }: { project: Project; query: InsightQuery; onCopy: (sql: string) => void }) {
  const client = useQueryClient();
  const id = useId();
  const said = useQuery({
    queryKey: ['project', project.id, 'said-in-sql', query, project.timeZone, project.weekStartsOn],
    queryFn: async () => {
      const [{ insightSql }, { relations }] = await Promise.all([import('../sql'), client.query(sqlSchemaQuery(project.id))]);
      return insightSql(query, project, relations);
    },
  });
  const sql = said.data && 'sql' in said.data ? said.data.sql : null;
  const reason = said.isError ? errorText(said.error) : said.data && 'reason' in said.data ? said.data.reason : null;
  return (
    <li>
      <button type="button" aria-disabled={sql === null} aria-describedby={reason === null ? undefined : id} data-testid="copy-sql" onClick={() => sql !== null && onCopy(sql)}><Icon name="code" />Copy as SQL</button>
      {reason !== null && <small id={id}>{reason}</small>}
    </li>
  );
}

function Choice({ icon, text, onPress }: { icon: IconName; text: string; onPress: () => void }) {
  return <li><button type="button" onClick={onPress}><Icon name={icon} />{text}</button></li>;
}

/** The picture nearest to the button: the one of its own answer. */
function pictureOf(from: Element | null): HTMLElement | null {
  return from?.closest('section')?.querySelector<HTMLElement>('[data-picture]') ?? null;
}
