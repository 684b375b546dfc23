import { createContext, lazy, Suspense, useCallback, useContext, useEffect, useState, type ReactNode } from 'react';
import type { Period } from '../api/persons';
import type { InsightPoint, InsightQuery, Project } from '../api/types';
import { Boundary } from '../views/Boundary';

/** A point of an answer, in words and as the server is asked for the persons behind it. */
export interface DrillPoint {
  /** What it is of: a series, a step, an edge. */
  label: string;
  /** When it is, in words. */
  when: string;
  /** How many it says there are, in words. */
  amount: string;
  query: InsightQuery;
  point: InsightPoint;
  /** The time in which its events lie, where that is less than all of the query's; what is first shown of a person. */
  period: Period | null;
}

/** A point with the key of the series that it is of. */
export interface KeyedPoint {
  key: string;
  point: DrillPoint;
}

type Drill = (points: readonly DrillPoint[], at?: number) => void;

const nowhere: Drill = () => undefined;

const DrillContext = createContext<Drill>(nowhere);

/** Shows the persons behind a point; where several are given, they are the reader's choice, beginning with the one at a number. */
export function useDrill(): Drill {
  return useContext(DrillContext);
}

/** Whether there are persons to be shown: a dashboard that is shared by a link has none. */
export function leads(drill: Drill): boolean {
  return drill !== nowhere;
}

/** The points of a bucket, beginning with the series of a key, or else with the first. */
export function drillAt(drill: Drill, points: readonly KeyedPoint[], key: string | null): void {
  drill(points.map((one) => one.point), points.findIndex((one) => one.key === key));
}

const loadPanel = () => import('./PersonsPanel');
const PersonsPanel = lazy(loadPanel);

export function DrillProvider({ project, children }: { project: Project; children: ReactNode }) {
  const [open, setOpen] = useState<{ points: readonly DrillPoint[]; at: number } | null>(null);
  const show = useCallback<Drill>((points, at = 0) => {
    if (points.length > 0) setOpen({ points, at: Math.min(Math.max(at, 0), points.length - 1) });
  }, []);
  const close = useCallback(() => setOpen(null), []);

  // The panel comes while the reader looks at the picture.
  useEffect(() => {
    const timer = window.setTimeout(() => void loadPanel().catch(() => undefined), 1_500);
    return () => window.clearTimeout(timer);
  }, []);

  return (
    <DrillContext value={show}>
      {children}
      {open && (
        <Boundary>
          <Suspense><PersonsPanel project={project} points={open.points} at={open.at} onClose={close} /></Suspense>
        </Boundary>
      )}
    </DrillContext>
  );
}
