import { describe, expect, test } from 'vitest';
import { checkDimension, explain, type Promised } from '../../fault/checker/checker.ts';
import { acknowledge, Dimension } from '../../fault/checker/history.ts';

/** A change is `value start-acknowledgement`, or `value start-outcome` without one; a response is `value start-end`. */
function dimension(changes: string, responses: string): Dimension {
  const built = new Dimension('role', 'admin');
  for (const [value, begunAt, end] of parse(changes)) {
    const version = built.begin(value, Number(begunAt));
    if (end === 'committed' || end === 'undone') version.outcome = end;
    else acknowledge(version, Number(end));
  }
  for (const [saw, startedAt, endedAt] of parse(responses)) {
    built.observe({ startedAt: Number(startedAt), endedAt: Number(endedAt), where: 'replica 0' }, saw);
  }
  return built;
}

const parse = (text: string) =>
  [...text.matchAll(/(\w+) (\d+)-(\w+)/g)].map(
    ([, value, start, end]) => [value, start, end] as [string, string, string],
  );

describe.each<[string, Promised, readonly [name: string, changes: string, responses: string][]]>([
  [
    'no violation',
    'A and B',
    [
      ['nothing happened', '', ''],
      [
        'either state is correct while a change is in progress',
        'member 10-20',
        'admin 11-12, member 13-14, member 21-22',
      ],
      [
        'a response to a request sent before the acknowledgement may be old, however late it arrives',
        'member 10-20',
        'admin 19-90',
      ],
      ['overlapping responses may arrive in either order', 'member 10-50', 'member 20-30, admin 29-40'],
      [
        'a recurring value is identified by its version',
        'member 10-20, admin 30-40',
        'admin 5-6, member 25-26, admin 35-36, admin 45-46',
      ],
      [
        'a committed change that was never acknowledged may be seen at any time after its start',
        'member 10-committed',
        'admin 90-91, member 92-93',
      ],
      [
        'an ambiguous response is assigned to the oldest possible version',
        'member 10-committed, admin 15-committed',
        'admin 16-17, member 18-19',
      ],
    ],
  ],
  [
    'no violation',
    'A',
    [
      [
        'an old response to a request sent after a new response, where B is not promised',
        'member 10-90',
        'member 20-30, admin 31-40',
      ],
    ],
  ],
  [
    'A',
    'A and B',
    [
      ['an old response to a request sent after the acknowledgement', 'member 10-20', 'admin 21-22'],
      [
        'the acknowledgement of a later change includes the ones before it',
        'member 10-committed, none 20-30',
        'member 31-32',
      ],
    ],
  ],
  ['A', 'A', [['an old response without a newer one', 'member 10-20', 'admin 21-22']]],
  [
    'B',
    'A and B',
    [
      ['an old response to a request sent after a new response', 'member 10-90', 'member 20-30, admin 31-40'],
      [
        'a change that was never acknowledged, once seen, stays seen',
        'member 10-committed',
        'member 20-30, admin 31-40',
      ],
      [
        'an old response after a recurring value that can only be its newer version',
        'member 10-committed, admin 15-committed',
        'member 16-17, admin 18-19, member 20-21',
      ],
    ],
  ],
  [
    'unexplained',
    'A and B',
    [
      ['a value that never existed', '', 'owner 1-2'],
      ['a change that was rolled back', 'member 10-undone', 'member 11-12'],
      ['a change that had not begun', 'member 10-20', 'member 5-9'],
    ],
  ],
])('%s where %s is promised', (violated, promised, histories) => {
  test.each(histories)('%s', (_name, changes, responses) => {
    const found = checkDimension(dimension(changes, responses), promised).map(({ guarantee }) => guarantee);
    expect(found).toEqual(violated === 'no violation' ? [] : [violated]);
  });
});

test('a dimension has one change at a time', () => {
  const open = new Dimension('role', 'admin');
  open.begin('member', 1);
  expect(() => open.begin('none', 2)).toThrow('two changes at once');
});

test('an explanation names the versions around the response', () => {
  const [violation] = checkDimension(dimension('member 10-20', 'admin 21-22'), 'A');
  expect(violation && explain(violation)).toBe(
    [
      'A: a response older than a change that had been acknowledged before the call (role)',
      '  version 0: admin, begun at 0.0 ms, acknowledged at 0.0 ms',
      '  version 1: member, begun at 10.0 ms, acknowledged at 20.0 ms',
      '  replica 0 was called at 21.0 ms and responded at 22.0 ms: admin',
    ].join('\n'),
  );
  expect(violation && explain(violation, (time) => `step ${time}`)).toContain('called at step 21 and');
});

test('an abandoned change may be applied after later ones; a rejected one may not', () => {
  const dimension = new Dimension('suspension', 'active');
  dimension.begin('suspended', 1).outcome = 'undone';
  expect(dimension.mayBecome('suspended')).toBe(false);
  Object.assign(dimension.begin('suspended', 2), { outcome: 'undone', isAbandoned: true });
  acknowledge(dimension.begin('active', 3), 4);
  expect(dimension.value).toBe('active');
  expect(dimension.mayBecome('suspended')).toBe(true);
});
