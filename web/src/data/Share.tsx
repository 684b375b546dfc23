import { noValue } from '../lib/format';
import { formatShare } from '../lib/rates';
import styles from './data.module.css';

/** How many of all, as a bar with its figure. */
export function Share({ share }: { share: number | null }) {
  if (share === null) return <span className={styles['share']}><b>{noValue}</b></span>;
  return (
    <span className={styles['share']}>
      <i aria-hidden="true"><i style={{ width: `${String(Math.max(share * 100, share > 0 ? 2 : 0))}%` }} /></i>
      <b>{formatShare(share)}</b>
    </span>
  );
}
