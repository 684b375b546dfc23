// Where annotations stand in a chart. Pure.
import type { Annotation } from '../api/types';
import { ongoingFrom } from '../charts/ongoing';
import type { ChartData, Mark } from '../charts/series';

/** The annotations of the time that a chart shows, with the bucket of each. Those past its last bucket's end are not there. */
export function shownIn<One extends Pick<Annotation, 'at' | 'text'>>(annotations: readonly One[], { buckets, interval }: Pick<ChartData, 'buckets' | 'interval'>): { bucket: number; annotation: One }[] {
  return annotations.flatMap((annotation) => {
    const at = Date.parse(annotation.at);
    const next = buckets.findIndex((start) => Date.parse(start) > at);
    const bucket = next < 0 ? buckets.length - 1 : next - 1;
    // The last bucket's end is told by its length: it is still going on at the annotation's time, or the annotation is later.
    const within = next >= 0 || ongoingFrom(buckets, interval, annotation.at) < buckets.length;
    return bucket >= 0 && within ? [{ bucket, annotation }] : [];
  });
}

/** One mark for each bucket that has annotations. */
export function marks(shown: readonly { bucket: number; annotation: Pick<Annotation, 'text'> }[]): Mark[] {
  const found = new Map<number, string[]>();
  for (const { bucket, annotation } of shown) found.set(bucket, [...(found.get(bucket) ?? []), annotation.text]);
  return [...found].map(([bucket, texts]) => ({ bucket, texts }));
}
