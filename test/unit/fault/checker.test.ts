import { describe, expect, test } from 'vitest';
import { checkDimension, explain, type Promised } from '../../fault/checker/checker.ts';
import { acknowledge, Dimension } from '../../fault/checker/history.ts';

/** A change: its value, its start, and when it was acknowledged, or its outcome without that. */
type Change = readonly [value: string, begunAt: number, end: number | 'committed' | 'undone'];
/** A response: its value, and the start and the end of the call. */
type Response = readonly [value: string, startedAt: number, endedAt: number];

function dimension(changes: readonly Change[], responses: readonly Response[]): Dimension {
  const built = new Dimension('role', 'admin');
  for (const [value, begunAt, end] of changes) {
    const version = built.begin(value, begunAt);
    if (typeof end === 'number') acknowledge(version, end);
    else version.outcome = end;
  }
  for (const [saw, startedAt, endedAt] of responses) {
    built.observe({ startedAt, endedAt, where: 'replica 0' }, saw);
  }
  return built;
}

const guarantees = (changes: readonly Change[], responses: readonly Response[], promised: Promised = 'A and B') =>
  checkDimension(dimension(changes, responses), promised).map(({ guarantee }) => guarantee);

describe('histories that keep the guarantees', () => {
  test('nothing happened', () => expect(guarantees([], [])).toEqual([]));

  test('either state is correct while a change is in progress', () => {
    expect(
      guarantees(
        [['member', 10, 20]],
        [
          ['admin', 11, 12],
          ['member', 13, 14],
          ['member', 21, 22],
        ],
      ),
    ).toEqual([]);
  });

  test('a response to a request from before the acknowledgement may be old, however late it arrives', () => {
    expect(guarantees([['member', 10, 20]], [['admin', 19, 90]])).toEqual([]);
  });

  test('overlapping responses may arrive in either order', () => {
    expect(
      guarantees(
        [['member', 10, 50]],
        [
          ['member', 20, 30],
          ['admin', 29, 40],
        ],
      ),
    ).toEqual([]);
  });

  test('a recurring value is identified by its version', () => {
    const changes = [
      ['member', 10, 20],
      ['admin', 30, 40],
    ] as const;
    expect(
      guarantees(changes, [
        ['admin', 5, 6],
        ['member', 25, 26],
        ['admin', 35, 36],
        ['admin', 45, 46],
      ]),
    ).toEqual([]);
  });

  test('a change of unknown outcome that was committed may be seen at any time after it began', () => {
    expect(
      guarantees(
        [['member', 10, 'committed']],
        [
          ['admin', 90, 91],
          ['member', 92, 93],
        ],
      ),
    ).toEqual([]);
  });
});

describe('violations of A', () => {
  test('an old response to a request from after the acknowledgement', () => {
    expect(guarantees([['member', 10, 20]], [['admin', 21, 22]])).toEqual(['A']);
  });

  test('the acknowledgement of a later change includes the ones before it', () => {
    expect(
      guarantees(
        [
          ['member', 10, 'committed'],
          ['none', 20, 30],
        ],
        [['member', 31, 32]],
      ),
    ).toEqual(['A']);
  });

  test('A is violated even if no newer response was seen and only A is checked', () => {
    expect(guarantees([['member', 10, 20]], [['admin', 21, 22]], 'A')).toEqual(['A']);
  });
});

describe('violations of B', () => {
  const changes = [['member', 10, 90]] as const;

  test('an old response to a request from after a new response', () => {
    expect(
      guarantees(changes, [
        ['member', 20, 30],
        ['admin', 31, 40],
      ]),
    ).toEqual(['B']);
  });

  test('is not reported if only A is checked', () => {
    expect(
      guarantees(
        changes,
        [
          ['member', 20, 30],
          ['admin', 31, 40],
        ],
        'A',
      ),
    ).toEqual([]);
  });

  test('a change that was never acknowledged, once seen, stays seen', () => {
    const unacknowledged = [['member', 10, 'committed']] as const;
    expect(
      guarantees(unacknowledged, [
        ['member', 20, 30],
        ['admin', 31, 40],
      ]),
    ).toEqual(['B']);
  });

  test('an ambiguous response counts as the oldest possible one', () => {
    const twice = [
      ['member', 10, 'committed'],
      ['admin', 15, 'committed'],
    ] as const;
    expect(
      guarantees(twice, [
        ['admin', 16, 17],
        ['member', 18, 19],
      ]),
    ).toEqual([]);
    expect(
      guarantees(twice, [
        ['member', 16, 17],
        ['admin', 18, 19],
        ['member', 20, 21],
      ]),
    ).toEqual(['B']);
  });
});

describe('violations of G2', () => {
  test('a value that never existed', () => expect(guarantees([], [['owner', 1, 2]])).toEqual(['G2']));

  test('a change that was rolled back', () => {
    expect(guarantees([['member', 10, 'undone']], [['member', 11, 12]])).toEqual(['G2']);
  });

  test('a change that had not begun', () => {
    expect(guarantees([['member', 10, 20]], [['member', 5, 9]])).toEqual(['G2']);
  });
});

test('a dimension has one change at a time', () => {
  const open = new Dimension('role', 'admin');
  open.begin('member', 1);
  expect(() => open.begin('none', 2)).toThrow('two changes at once');
});

test('an explanation names the versions around the response', () => {
  const [violation] = checkDimension(dimension([['member', 10, 20]], [['admin', 21, 22]]), 'A');
  expect(violation && explain(violation)).toBe(
    [
      'A: a response from before a change that had been acknowledged (role)',
      '  version 0: admin, begun at 0.0 ms, acknowledged at 0.0 ms',
      '  version 1: member, begun at 10.0 ms, acknowledged at 20.0 ms',
      '  replica 0 was called at 21.0 ms and responded at 22.0 ms: admin',
    ].join('\n'),
  );
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
