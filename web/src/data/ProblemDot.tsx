import { useQuery } from '@tanstack/react-query';
import { recentProblemsQuery } from '../api/data';
import { Hidden } from '../ui/controls';
import styles from './dot.module.css';
import { useSeenProblems } from './seen';

/** A dot beside the Data view while there are problems of the last hour that nobody has looked at in this browser. */
export default function ProblemDot({ project }: { project: string }) {
  const { data } = useQuery(recentProblemsQuery(project));
  const seen = useSeenProblems(project);
  if (!data?.lastSeen || data.lastSeen <= seen) return null;
  return <i className={styles['dot']} title="Events were refused or changed in the last hour" data-testid="problem-dot"><Hidden>: new ingestion problems</Hidden></i>;
}
