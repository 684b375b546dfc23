import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { apart, full, growing, historyOf, planOf, quiet } from '../../dev/capacity.mjs';
import { Advice } from './Advice';
import { CurvePlot } from './Calibration';
import { Chain } from './Chain';
import { Gauges, Summary } from './Gauges';
import { HistoryPlot } from './HistoryChart';
import { firstPlan } from './plan';
import { TrendPlot } from './TrendChart';
import { Planned } from './WhatIf';

const nothing = () => undefined;
const hostile = '<img src=x onerror=alert(1)>';

describe('the sentence and the gauges', () => {
  it('say how urgent it is in words', () => {
    expect(renderToStaticMarkup(<Summary report={growing} aside="" />)).toContain('Look at it soon');
    expect(renderToStaticMarkup(<Summary report={full} aside="" />)).toMatch(/role="alert".*Act now.*Capture refuses 14 requests/);
    expect(renderToStaticMarkup(<Summary report={quiet} aside="" />)).not.toContain('role="alert"');
  });

  it('name the figure, its range, the load and what breaks first', () => {
    const markup = renderToStaticMarkup(<Gauges report={growing} />);
    for (const text of ['2.1×', '1.9–2.3×', '6,240 of 13,100 events/s', 'Thread of the Writer', 'Processor time of queries', 'Room on the disk', 'Full in 5 months']) expect(markup).toContain(text);
  });

  it('say honestly that nothing is known', () => {
    const markup = renderToStaticMarkup(<Gauges report={quiet} />);
    expect(markup.match(/Not enough load yet to say/g)).toHaveLength(2);
    expect(markup).not.toMatch(/NaN|Infinity|null/);
  });
});

describe('the chain', () => {
  it('says of each part how full it is, in words as well as by its colour', () => {
    const markup = renderToStaticMarkup(<Chain report={full} process={null} onProcess={nothing} onOpen={nothing} />);
    expect(markup.match(/data-testid="part-/g)).toHaveLength(6);
    expect(markup).toMatch(/data-testid="part-writer".*?<b>96%<\/b> <span>nearly full/);
    expect(markup).toMatch(/data-testid="part-capture".*?14 errors\/s/);
    expect(markup).toMatch(/data-first="true" data-testid="part-writer"/);
  });

  it('lets one choose a process where there are several, and says what is not in it', () => {
    expect(renderToStaticMarkup(<Chain report={growing} process={null} onProcess={nothing} onOpen={nothing} />)).not.toContain('data-testid="process"');
    const markup = renderToStaticMarkup(<Chain report={apart} process="host/capture-1" onProcess={nothing} onOpen={nothing} />);
    expect(markup).toMatch(/<option value="">All 3 processes<\/option>.*host\/capture-1: capture/);
    expect(markup).toMatch(/data-testid="part-writer".*?not in this process/);
    expect(markup).toMatch(/data-testid="part-capture".*?<b>40%/);
  });

  it('does not let a part be opened that has nothing in it', () => {
    const markup = renderToStaticMarkup(<Chain report={{ ...growing, resources: [] }} process={null} onProcess={nothing} onOpen={nothing} />);
    expect(markup.match(/disabled=""/g)).toHaveLength(5);
    expect(markup).toContain('not measured yet');
  });
});

describe('charts', () => {
  it('never draw what is not a number', () => {
    for (const wall of growing.walls) expect(renderToStaticMarkup(<TrendPlot wall={wall} unit="events/s" width={320} height={300} />)).not.toMatch(/NaN|Infinity/);
    for (const wall of growing.walls) expect(renderToStaticMarkup(<TrendPlot wall={{ ...wall, days: wall.days.slice(0, 1) }} unit="" width={320} height={300} />)).not.toMatch(/NaN|Infinity/);
    const { points } = historyOf(growing, 'writer', 'hour');
    for (const count of [1, 2, 300]) expect(renderToStaticMarkup(<HistoryPlot points={points.slice(0, count)} range="hour" name="Writer" width={300} />)).not.toMatch(/NaN|Infinity/);
    if (growing.calibration) expect(renderToStaticMarkup(<CurvePlot report={growing.calibration} width={320} />)).not.toMatch(/NaN|Infinity/);
  });

  it('mark the ceiling, the wall and today, and say it all in words', () => {
    const wall = growing.walls[2];
    if (!wall) throw new Error('The fixture has no wall of storage.');
    const markup = renderToStaticMarkup(<TrendPlot wall={wall} unit="bytes" width={900} height={300} />);
    for (const text of ['Ceiling, 880 GB', '>Wall, ', '>today<']) expect(markup).toContain(text);
    expect(markup).toMatch(/role="slider"[^>]*aria-valuetext="By day, [^"]*It meets its wall, the room on the disk,/);
  });
});

describe('advice', () => {
  it('has its evidence, what it changes, its price and its steps', () => {
    const markup = renderToStaticMarkup(<Advice report={growing} />);
    for (const text of ['Costs nothing', '$61.32 more a month', '19,800 events/s', 'Utilisation of the Writer'.toLowerCase(), 'What would not help now', 'AWS us-east-1']) expect(markup.toLowerCase()).toContain(text.toLowerCase());
  });

  it('says when nothing is needed', () => {
    expect(renderToStaticMarkup(<Advice report={quiet} />)).toContain('Nothing is needed');
  });
});

it('a plan is a sentence, a price and its parts', () => {
  const markup = renderToStaticMarkup(<Planned plan={planOf({ ...firstPlan, dailyActiveUsers: 20_000_000 })} />);
  expect(markup).toContain('This version does that');
  expect(markup.match(/<tr>/g)).toHaveLength(5);
  expect(markup).toContain('Processor time of capture');
  expect(renderToStaticMarkup(<Planned plan={{ ...planOf(firstPlan), fits: false, monthlyCost: null, costBasis: null, parts: [], walls: [], notes: [] }} />)).toContain('lacks something');
});

it('what the server says is text, whatever is in it', () => {
  const advice = growing.advice.map((one) => ({ ...one, title: hostile, because: hostile, how: [hostile], costBasis: hostile, evidence: [{ measure: hostile, value: 1, unit: hostile }] }));
  const markup = [
    renderToStaticMarkup(<Summary report={{ ...growing, summary: hostile, problems: [hostile] }} aside="" />),
    renderToStaticMarkup(<Advice report={{ ...growing, advice, mistakes: [{ id: 'x', title: hostile, because: hostile }] }} />),
    renderToStaticMarkup(<Planned plan={{ ...planOf(firstPlan), topology: hostile, notes: [hostile], walls: [hostile] }} />),
    renderToStaticMarkup(<Chain report={{ ...growing, resources: growing.resources.map((one) => ({ ...one, name: hostile })) }} process={null} onProcess={nothing} onOpen={nothing} />),
  ].join('');
  expect(markup).toContain('&lt;img');
  expect(markup).not.toContain('<img');
});
