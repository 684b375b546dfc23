import type { ReactNode } from 'react';
import { useSize } from '../../charts/useWidth';
import { Hidden } from '../../ui/controls';
import styles from '../insight.module.css';

interface ChartFigureProps {
  /** In pixels; where it is left out the figure takes the room that is left. */
  height: number | undefined;
  /** The picture in words. */
  summary: string;
  children: (height: number) => ReactNode;
}

/** A chart with what it says in words. */
export function ChartFigure({ height, summary, children }: ChartFigureProps) {
  const [frame, size] = useSize<HTMLDivElement>();
  return (
    <figure className={styles['figure']} data-fills={height === undefined}>
      {height === undefined ? <div ref={frame}>{size.height > 0 && children(size.height)}</div> : children(height)}
      <figcaption><Hidden>{summary}</Hidden></figcaption>
    </figure>
  );
}
