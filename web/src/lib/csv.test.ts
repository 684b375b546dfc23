import { describe, expect, it } from 'vitest';
import { toCsvText } from './csv';

describe('cells of CSV', () => {
  it('are quoted where they need it', () => {
    expect(toCsvText(['a', 'b,c'], [['x "y"', 1], [null, 'two\nlines']])).toBe('a,"b,c"\r\n"x ""y""",1\r\n,"two\nlines"\r\n');
  });

  it('are no formulas, in the header either', () => {
    const hostile = ['=1+1', '+1', '-1', '@x', '\t=1', '\r=1'];
    for (const one of hostile) expect(toCsvText([one], [[one]])).not.toMatch(/(^|\n)"?[=+\-@\t\r]/);
    expect(toCsvText(['n'], [[-5]])).toBe('n\r\n-5\r\n');
  });
});
