// Sessions as the statement that asks the same of the project's relations. Pure.
import type { PropertyFilter, SessionProperty, SessionsQuery } from '../../api/types';
import { quoteName } from '../../lib/sql';
import { all, headline, type SqlWords } from '../shared/sql';

/** What filters call the properties of a session that are not those of any of its events. */
const ofSessions: Readonly<Record<string, SessionProperty>> = {
  $entry_page: 'entry_page', $exit_page: 'exit_page', $channel: 'channel', $source: 'source', $referring_domain: 'referrer', utm_source: 'utm_source', utm_medium: 'utm_medium',
  utm_campaign: 'utm_campaign', utm_term: 'utm_term', utm_content: 'utm_content', $geoip_country_code: 'country', $geoip_subdivision_1_name: 'region', $geoip_city_name: 'city',
  $device_type: 'device', $browser: 'browser', $os: 'os',
};

/** The statement whose rows are buckets (and values of the breakdown, of which it has all) with the figures of the sessions that began in them. */
export function sessionsSql(query: SessionsQuery, words: SqlWords): string {
  const { interval, breakdown, bounceSeconds } = query;
  const [from, to] = words.bounds(query.range);
  const filters = query.filters.map((filter) => ({ filter, of: ofSessions[filter.property] }));
  const ofEvents = filters.flatMap(({ filter, of }) => (of === undefined ? [words.condition(filter)] : []));
  const asked = [...new Set(filters.flatMap(({ of }) => (of === undefined ? [] : [of])))];
  const chosen = filters.flatMap(({ filter, of }) => (of === undefined ? [] : [ofSession(filter, of, words)]));
  const by = breakdown ? brokenDownBy(breakdown, words) : null;
  const values = [...new Set([...asked, ...(by?.own ? [by.own] : [])])];
  const columns = [
    'session_id',
    'min(timestamp) AS began',
    'epoch_us(max(timestamp)) - epoch_us(min(timestamp)) AS micros',
    "count(*) FILTER (WHERE event IN ('$pageview', '$screen')) AS views",
    "count(*) FILTER (WHERE event = '$autocapture') AS clicks",
    ...values.map((one) => `${valueSql(one, words)} AS session_${one}`),
    ...(by && !by.own ? [`${by.sql} AS ${by.column}`] : []),
    ...(ofEvents.length > 0 ? [`bool_or(coalesce(${ofEvents.join(' AND ')}, false)) AS meets`] : []),
  ];
  const figures = [
    'count(*) AS sessions',
    'sum(views) AS views',
    'sum(views) / count(*) AS views_per_session',
    `count(*) FILTER (WHERE views = 1 AND clicks = 0 AND micros < ${String(bounceSeconds)} * 1000000) / nullif(count(*) FILTER (WHERE views > 0), 0) AS bounce_rate`,
    'avg(micros) / 1000000 AS mean_seconds',
    'median(micros) / 1000000 AS median_seconds',
  ];
  return [
    headline('Sessions', `by ${interval}${by ? ` and ${by.name.replaceAll('_', ' ')}` : ''}; a session is where its first event is`),
    'WITH seen AS (',
    `  SELECT ${columns.join(',\n    ')}`,
    '  FROM events',
    `  WHERE ${all(["session_id <> ''", `${words.local} >= ${from} - INTERVAL 24 HOUR`, `${words.local} < ${to} + INTERVAL 24 HOUR`], '  ')}`,
    '  GROUP BY session_id',
    ')',
    `SELECT ${[`${words.start(interval, words.localOf('began'))} AS ${interval}`, ...(by ? [`${by.column} AS ${quoteName(by.name)}`] : []), ...figures].join(',\n  ')}`,
    'FROM seen',
    `WHERE ${all([...words.within(query.range, 'began'), ...(ofEvents.length > 0 ? ['meets'] : []), ...chosen])}`,
    'GROUP BY ALL',
    'ORDER BY 1',
  ].join('\n');
}

/** What sessions are put under: one of their own properties, by whichever name, or one of events. */
function brokenDownBy({ property, eventProperty }: NonNullable<SessionsQuery['breakdown']>, words: SqlWords): { name: string; own: SessionProperty | null; column: string; sql: string } {
  const own = property ?? ofSessions[eventProperty ?? ''] ?? null;
  const name = property ?? eventProperty ?? '';
  if (own !== null) return { name, own, column: `session_${own}`, sql: '' };
  return { name, own, column: 'session_value', sql: firstSql(`CAST(${words.value(name)} AS VARCHAR)`) };
}

function firstSql(sql: string, at = 'arg_min'): string {
  return `${at}(${sql}, timestamp) FILTER (WHERE ${sql} <> '')`;
}

function ofSession(filter: PropertyFilter, property: SessionProperty, words: SqlWords): string {
  return words.conditionOf(filter, { sql: `session_${property}`, type: 'VARCHAR' });
}

/** The value of a session's first event that has one. */
function valueSql(property: SessionProperty, words: SqlWords): string {
  const of = (name: string) => `CAST(${words.value(name)} AS VARCHAR)`;
  const page = `CASE event WHEN '$pageview' THEN ${of('$pathname')} WHEN '$screen' THEN ${of('$screen_name')} END`;
  // Neither nowhere nor the site itself.
  const [domain, host] = [of('$referring_domain'), of('$host')];
  const referrer = `CASE WHEN ${domain} <> '$direct' AND regexp_replace(${domain}, '^www[.]', '') IS DISTINCT FROM regexp_replace(${host}, '^www[.]', '') THEN ${domain} END`;
  switch (property) {
    case 'entry_page':
      return firstSql(page);
    case 'exit_page':
      return firstSql(page, 'arg_max');
    case 'referrer':
      return firstSql(referrer);
    case 'source':
      return `coalesce(${firstSql(of('utm_source'))}, ${firstSql(referrer)})`;
    default: {
      const name = Object.keys(ofSessions).find((one) => ofSessions[one] === property);
      return firstSql(of(name ?? property));
    }
  }
}
