import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { sqlSchemaQuery } from '../../api/sql';
import type { InsightQuery, Project, TrendsQuery } from '../../api/types';
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
  const client = useQueryClient();
  const drawing = picture?.querySelector<SVGSVGElement>('figure svg') ?? null;
  const look = () => setPicture(pictureOf(button.current));
  const copySql = async (asked: TrendsQuery) => {
    try {
      const [{ trendsSql }, { relations }] = await Promise.all([import('../trends/sql'), client.query(sqlSchemaQuery(project.id))]);
      const sql = trendsSql(asked, project, relations);
      if (sql === null) toast('There is no plain SQL for this: formulas, running numbers, groups, cohorts and numbers per person have none.', { failed: true });
      else copy(sql, 'SQL');
    } catch (error) {
      toast(errorText(error), { failed: true });
    }
  };
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
            {query.kind === 'trends' && (
              <Choice icon="code" text="Copy as SQL" onPress={() => {
                void copySql(query);
                close();
              }} />
            )}
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

function Choice({ icon, text, onPress }: { icon: IconName; text: string; onPress: () => void }) {
  return <li><button type="button" onClick={onPress}><Icon name={icon} />{text}</button></li>;
}

/** The picture nearest to the button: the one of its own answer. */
function pictureOf(from: Element | null): HTMLElement | null {
  return from?.closest('section')?.querySelector<HTMLElement>('[data-picture]') ?? null;
}
