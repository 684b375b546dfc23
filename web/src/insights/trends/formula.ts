// A formula over series as an expression of SQL. Pure; the grammar is the server's.
import { Unsayable } from '../shared/sql';

/** @param columns What stands for A, B and so on. A division by zero is NULL. */
export function formulaSql(expression: string, columns: readonly string[]): string {
  const tokens = expression.match(/\d+\.?\d*|\.\d+|[A-Za-z]|[-+*/()]|\S/g) ?? [];
  let at = 0;
  const fail = (): never => {
    throw new Unsayable('The formula is not whole.');
  };
  const sum = (): string => {
    let left = product();
    while (tokens[at] === '+' || tokens[at] === '-') left = `${left} ${tokens[at++] ?? ''} ${product()}`;
    return left;
  };
  const product = (): string => {
    let left = factor();
    while (tokens[at] === '*' || tokens[at] === '/') left = tokens[at++] === '*' ? `${left} * ${factor()}` : `${left} / nullif(${factor()}, 0)`;
    return left;
  };
  const factor = (): string => {
    const token = tokens[at++] ?? fail();
    if (token === '-') return `(-${factor()})`;
    if (token === '(') {
      const inner = sum();
      return tokens[at++] === ')' ? `(${inner})` : fail();
    }

    if (/^[\d.]/.test(token)) return token;
    const column = /^[A-Za-z]$/.test(token) ? columns[token.toUpperCase().charCodeAt(0) - 65] : undefined;
    return column ?? fail();
  };
  const whole = sum();
  return at === tokens.length ? whole : fail();
}
