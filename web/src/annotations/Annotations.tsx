import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useMemo, useState, type ReactNode } from 'react';
import { annotationsQuery } from '../api/annotations';
import type { Annotation, Project } from '../api/types';
import type { ChartData, Mark } from '../charts/series';
import { formatBucket, formatBucketLong } from '../lib/format';
import { may } from '../lib/roles';
import { Button } from '../ui/controls';
import { Icon } from '../ui/icons';
import styles from './annotations.module.css';
import { marks, shownIn } from './marks';

const AnnotationDialog = lazy(() => import('./AnnotationDialog'));

/** The day is enough where buckets are days or longer. */
function timeText(at: string, { interval, timeZone }: ChartData): string {
  return interval === 'minute' || interval === 'hour' ? formatBucketLong(at, 'minute', timeZone) : formatBucket(at, 'day', timeZone);
}

interface AnnotationsProps {
  project: Project;
  chart: ChartData;
  /** Whether they keep the distance from the edge that the chart has by itself. */
  inset?: boolean;
  /** The chart, with what is to be marked in it. */
  children: (marks: readonly Mark[]) => ReactNode;
}

/** A chart with the project's annotations in it and below it, and the way to write one. */
export function Annotations({ project, chart, inset = false, children }: AnnotationsProps) {
  const { data } = useQuery(annotationsQuery(project.id));
  const [open, setOpen] = useState<Annotation | 'new' | null>(null);
  const editable = may(project, 'editor');
  const shown = useMemo(() => shownIn(data ?? [], chart), [data, chart]);
  return (
    <>
      {children(useMemo(() => marks(shown), [shown]))}
      <div className={styles['notes']} data-inset={inset} data-testid="annotations">
        {shown.length > 0 && (
          <ul aria-label="Annotations">
            {shown.map(({ annotation }) => (
              <li key={annotation.id}>
                {editable ? (
                  <button type="button" className={styles['note']} title={`${byline(annotation)}. Change it.`} onClick={() => setOpen(annotation)}>
                    <NoteText annotation={annotation} chart={chart} />
                  </button>
                ) : (
                  <p className={styles['note']} title={byline(annotation)}><NoteText annotation={annotation} chart={chart} /></p>
                )}
              </li>
            ))}
          </ul>
        )}
        {editable && <Button small variant="ghost" icon="flag" onClick={() => setOpen('new')} data-testid="annotate">Annotate</Button>}
      </div>
      {open && <Suspense><AnnotationDialog project={project} {...(open === 'new' ? {} : { annotation: open })} onClose={() => setOpen(null)} /></Suspense>}
    </>
  );
}

function NoteText({ annotation, chart }: { annotation: Annotation; chart: ChartData }) {
  return (
    <>
      <Icon name="flag" size={14} />
      <time dateTime={annotation.at}>{timeText(annotation.at, chart)}</time>
      <span>{annotation.text}</span>
    </>
  );
}

function byline({ author, text }: Annotation): string {
  return author === null ? text : `${author}: ${text}`;
}
