import { useRef, useState } from 'react';
import type { InsightQuery, Project } from '../../api/types';
import { IconButton } from '../../ui/controls';
import { Icon } from '../../ui/icons';
import { Popover } from '../../ui/popover';
import { useCopy } from '../../ui/toasts';
import styles from '../insight.module.css';
import { apiCall, svgText } from './share';
import { downloadFile } from '../../lib/csv';

/** What is shown, to be taken elsewhere: its address, the call that asks for it, and its picture. The table has the figures. */
export function Share({ project, query }: { project: Project; query: InsightQuery }) {
  const button = useRef<HTMLSpanElement>(null);
  const [picture, setPicture] = useState<SVGSVGElement | null>(null);
  const copy = useCopy();
  return (
    <span ref={button} onPointerDownCapture={() => setPicture(pictureOf(button.current))} onKeyDownCapture={() => setPicture(pictureOf(button.current))}>
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
            {picture && (
              <Choice icon="trends" text="Save the picture (SVG)" onPress={() => {
                downloadFile(`${query.kind}.svg`, svgText(picture), 'image/svg+xml');
                close();
              }} />
            )}
          </ul>
        )}
      </Popover>
    </span>
  );
}

function Choice({ icon, text, onPress }: { icon: 'link' | 'code' | 'trends'; text: string; onPress: () => void }) {
  return <li><button type="button" onClick={onPress}><Icon name={icon} />{text}</button></li>;
}

/** The drawing nearest to the button: the one of its own answer. */
function pictureOf(from: Element | null): SVGSVGElement | null {
  return from?.closest('section')?.querySelector<SVGSVGElement>('figure svg') ?? null;
}
