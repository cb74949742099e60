import { expect, test } from 'vitest';
import { toCsv } from '../../../services/web/src/ui/csv.ts';

test('ends lines with CRLF, and quotes cells with commas, quotes or line breaks', () => {
  const rows = [
    ['App', 'By'],
    ['a,b', 'say "hi"'],
    ['x\ny', ''],
  ];
  expect(toCsv(rows)).toBe('App,By\r\n"a,b","say ""hi"""\r\n"x\ny",\r\n');
});

test.each([
  '=1+1',
  '+1',
  '-1',
  '@SUM(A1)',
  '\t=1',
  '\r=1',
  '  =1',
  '＝1+1',
])('prevents %j from running as a formula', (value) => {
  expect(toCsv([[value]])).toMatch(/^"?'/);
});

test.each([
  'X;=1+1;',
  'X;"=1+1',
  'X;\t@SUM(A1)',
  'X\n=1+1',
  'X\r\n"@SUM(A1)',
])('neutralizes a formula after a separator inside a cell: %j', (cell) => {
  expect(toCsv([[cell]])).not.toMatch(/(^|[;\t\r\n]["\s]*)"?[=+\-@＝＋－＠]/);
});
