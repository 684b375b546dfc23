// The statement that asks the same as an insight does, of whichever kind. Each kind has its own file beside it.
import type { InsightQuery, SqlRelation, WeekStart } from '../api/types';
import { funnelSql } from './funnel/sql';
import { lifecycleSql } from './lifecycle/sql';
import { pathsSql } from './paths/sql';
import { retentionSql } from './retention/sql';
import { sessionsSql } from './sessions/sql';
import { sqlWords, Unsayable, type SqlWords } from './shared/sql';
import { stickinessSql } from './stickiness/sql';
import { trendsSql } from './trends/sql';

/** A statement, or why there is none in a sentence. */
export type Said = { sql: string } | { reason: string };

/** What is left out of an answer by its bounds (values past a breakdown's limit, the period before) a statement has or leaves out as a whole: docs/insights.md. */
export function insightSql(query: InsightQuery, project: { timeZone: string; weekStartsOn: WeekStart }, relations: readonly SqlRelation[]): Said {
  try {
    return { sql: written(query, sqlWords(project, relations)) };
  } catch (error) {
    if (error instanceof Unsayable) return { reason: error.message };
    throw error;
  }
}

function written(query: InsightQuery, words: SqlWords): string {
  switch (query.kind) {
    case 'trends':
      return trendsSql(query, words);
    case 'funnel':
      return funnelSql(query, words);
    case 'retention':
      return retentionSql(query, words);
    case 'paths':
      return pathsSql(query, words);
    case 'stickiness':
      return stickinessSql(query, words);
    case 'lifecycle':
      return lifecycleSql(query, words);
    case 'sessions':
      return sessionsSql(query, words);
    case 'web':
      throw new Unsayable('The web view has no plain SQL. Sessions have.');
  }
}
