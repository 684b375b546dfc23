import { Skeleton } from '../ui/states';
import styles from './data.module.css';

export function NamesSkeleton() {
  return (
    <div className={styles['loading']} aria-busy="true" aria-label="Reading names">
      {Array.from({ length: 8 }, (_, index) => <Skeleton key={index} height={22} width={index % 3 === 1 ? '70%' : '92%'} />)}
    </div>
  );
}
