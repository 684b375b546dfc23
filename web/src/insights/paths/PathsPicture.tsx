import type { ComponentProps } from 'react';
import type { PathsQuery, PathsResult } from '../../api/types';
import { formatNumber, plural } from '../../lib/format';
import { leads, useDrill } from '../../persons/drill';
import styles from '../insight.module.css';
import { FlowPicture } from './FlowPicture';
import { edgePoint } from './points';

interface PathsPictureProps extends Pick<ComponentProps<typeof FlowPicture>, 'editing'> {
  answer: PathsResult;
  query: PathsQuery;
}

/** How many ways there are, and the ways as a flow. */
export function PathsPicture({ answer, query, ...rest }: PathsPictureProps) {
  const drill = useDrill();
  return (
    <>
      <p className={styles['lead']}>
        <b>{plural(answer.ways, 'way')}</b>{answer.more && ` · the ${formatNumber(answer.edges.length)} most frequent edges are shown; there are more`}
      </p>
      <FlowPicture result={answer} {...rest} onSelect={leads(drill) ? (edge) => drill([edgePoint(answer, query, edge)]) : undefined} />
    </>
  );
}
