import type { ComponentProps } from 'react';
import type { PathsQuery, PathsResult } from '../../api/types';
import { formatNumber, plural } from '../../lib/format';
import { leads, useDrill } from '../../persons/drill';
import styles from '../insight.module.css';
import { shownValue } from '../shared/values';
import { ValueSelect } from '../shared/ValueSelect';
import { FlowPicture } from './FlowPicture';
import { edgePoint } from './points';

interface PathsPictureProps extends Pick<ComponentProps<typeof FlowPicture>, 'editing'> {
  answer: PathsResult;
  query: PathsQuery;
  /** The key of the value that is shown; null for all together. */
  shown: string | null;
  onShow: (key: string | null) => void;
}

/** How many ways there are, and the ways as a flow. */
export function PathsPicture({ answer, query, shown, onShow, ...rest }: PathsPictureProps) {
  const drill = useDrill();
  const value = shownValue(answer.series, shown);
  const { ways, edges, more } = value ?? answer;
  return (
    <>
      <ValueSelect series={answer.series} breakdown={query.breakdown} shown={shown} onShow={onShow} />
      <p className={styles['lead']}>
        <b>{plural(ways, 'way')}</b>{more && ` · the ${formatNumber(edges.length)} most frequent edges are shown; there are more`}
      </p>
      <FlowPicture result={{ ways, edges }} {...rest} onSelect={leads(drill) ? (edge) => drill([edgePoint(answer, query, edge, value)]) : undefined} />
    </>
  );
}
