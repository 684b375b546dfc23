import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import type { ChartData } from './series';
import { Plot } from './TrendsChart';

const data: ChartData = {
  buckets: ['2026-11-01T00:00:00Z', '2026-11-02T00:00:00Z', '2026-11-03T00:00:00Z'],
  compareBuckets: [],
  interval: 'day',
  timeZone: 'UTC',
  additive: true,
  unit: 'number',
  series: [
    { key: 'a', label: 'Views', color: 'var(--series-0)', values: [1, 5, 3], total: 9, compare: null, hidden: false },
    { key: 'b', label: 'Paid', color: 'var(--series-1)', values: [2, null, 4], total: 6, compare: null, hidden: true },
  ],
};

function draw(kind: 'line' | 'bar', changed: Partial<ChartData> = {}): string {
  return renderToStaticMarkup(<Plot data={{ ...data, ...changed }} kind={kind} width={600} height={300} ongoingFrom={3} />);
}

describe('a chart', () => {
  it('shows marks at their buckets', () => {
    const markup = renderToStaticMarkup(<Plot data={data} kind="line" width={600} height={300} ongoingFrom={3} marks={[{ bucket: 1, texts: ['Launch'] }]} />);
    expect(markup.match(/<circle/g)?.length).toBe((draw('line').match(/<circle/g)?.length ?? 0) + 1);
  });

  it('draws only what is switched on', () => {
    const markup = draw('line');
    expect(markup).toContain('stroke="var(--series-0)"');
    expect(markup).not.toContain('var(--series-1)');
  });

  it('says in words what it shows', () => {
    expect(draw('line')).toMatch(/role="slider"[^>]*aria-valuetext="By day, [^"]*Views: 9 in total/);
  });

  it('writes parts of a whole as such', () => {
    const shares = data.series.map((one) => ({ ...one, values: [0.25, 0.5, 1], total: 0.125 }));
    const markup = draw('line', { unit: 'share', series: shares });
    expect(markup).toMatch(/aria-valuetext="[^"]*Views: 12\.5% overall, highest with 100%/);
    expect(markup).toContain('>60%</text>');
  });

  it('draws a bar for each value', () => {
    expect(draw('bar').match(/fill="var\(--series-0\)"/g)).toHaveLength(3);
  });

  it('says that a point can be selected, where it can', () => {
    const markup = renderToStaticMarkup(<Plot data={data} kind="line" width={600} height={300} ongoingFrom={3} onSelect={() => undefined} />);
    expect(markup).toContain('data-selects="true"');
    expect(markup).toContain('Enter shows the persons');
    expect(draw('line')).not.toContain('Enter');
  });

  it('never draws what is not a number', () => {
    const nothing = data.series.map((one) => ({ ...one, values: [null, null, null], hidden: false }));
    for (const kind of ['line', 'bar'] as const) {
      expect(draw(kind, { series: nothing })).not.toMatch(/NaN|Infinity/);
      expect(draw(kind, { series: [], buckets: [] })).not.toMatch(/NaN|Infinity/);
      expect(draw(kind, { buckets: data.buckets.slice(0, 1), series: data.series.map((one) => ({ ...one, values: [4] })) })).not.toMatch(/NaN|Infinity/);
    }
  });
});
