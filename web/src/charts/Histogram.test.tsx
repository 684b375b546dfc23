import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { Bars } from './Histogram';

function draw(values: number[], centred = false): string {
  return renderToStaticMarkup(
    <Bars values={values} centred={centred} tick={(index) => `t${String(index)}`} title={(index) => `bar ${String(index)}`} color="red" width={600} height={200} />,
  );
}

describe('bars', () => {
  it('are as many as the values, and say what they are', () => {
    const markup = draw([3, 0, 5], true);
    expect(markup.match(/<rect /g)).toHaveLength(3);
    for (const text of ['bar 0', 'bar 2', '>t0<', '>t2<']) expect(markup).toContain(text);
  });

  it('can be pressed where somebody is behind them', () => {
    const markup = renderToStaticMarkup(
      <Bars values={[3, 0, 5]} tick={String} title={(index) => `bar ${String(index)}`} color="red" width={600} height={200} onSelect={() => undefined} />,
    );
    expect(markup.match(/<button [^>]*aria-label="bar [02]"/g)).toHaveLength(2);
    expect(draw([3])).not.toContain('<button');
  });

  it('never draw what is not a number', () => {
    for (const values of [[], [0], [7], Array.from({ length: 300 }, () => 1)]) expect(draw(values)).not.toMatch(/NaN|Infinity/);
  });
});
