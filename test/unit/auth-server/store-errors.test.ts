import pg from 'pg';
import { expect, test } from 'vitest';
import { ErrorReason } from '../../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { asConnectError, asStoreError, keepsSession } from '../../../services/auth-server/store/postgres/errors.ts';
import { AppError } from '../../../services/common/errors/app-error.ts';

function databaseError(code: string, severity = 'ERROR'): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError('canary', 0, 'error'), { code, severity });
}

const UNAVAILABLE =
  '08000 08001 08003 08004 08006 08007 25006 25P03 25P04 40001 40P01 53100 53300 55P03 57014 57P01 57P03 58030';

test.each(UNAVAILABLE.split(' '))('SQLSTATE %s is UNAVAILABLE with a retry delay', (code) => {
  const cause = databaseError(code);
  const error = asStoreError(cause) as AppError;
  expect(error).toMatchObject({ reason: ErrorReason.DEPENDENCY_UNAVAILABLE, cause });
  expect(error.extras.retryAfterSeconds).toBeGreaterThan(0);
  expect(error.message).not.toContain('canary');
});

test.each([
  'Connection terminated',
  'Connection terminated unexpectedly',
  'Query read timeout',
  'Client has encountered a connection error and is not queryable',
  'Client was closed and is not queryable',
])('a pg error without a code (%s) is UNAVAILABLE', (message) => {
  expect(asStoreError(new Error(message))).toMatchObject({ reason: ErrorReason.DEPENDENCY_UNAVAILABLE });
});

test('a statement that timed out in Postgres or in pg is not reported as an unreachable database', () => {
  const message = 'a database statement took too long; retry the request';
  for (const error of [databaseError('57014'), new Error('Query read timeout')]) {
    expect(asStoreError(error)).toMatchObject({ reason: ErrorReason.DEPENDENCY_UNAVAILABLE, message });
  }
});

test.each('08P01 23503 25P02 40002 42601 42P01 22P02 XX000'.split(' '))('SQLSTATE %s is a defect', (code) => {
  const error = databaseError(code);
  expect(asStoreError(error)).toBe(error);
});

test.each([undefined, null, 7, new Error('a bug')])('%s is returned unchanged', (thrown) => {
  expect(asStoreError(thrown)).toBe(thrown);
});

test.each([
  'FATAL',
  'PANIC',
])('an error that ends the session (%s) is an outage whatever its code, because poolers use any code', (severity) => {
  const error = databaseError('08P01', severity);
  expect(keepsSession(error)).toBe(false);
  expect(asStoreError(error)).toMatchObject({ reason: ErrorReason.DEPENDENCY_UNAVAILABLE });
});

test('a unique violation is a conflict, and text with NUL is an invalid request', () => {
  expect(asStoreError(databaseError('23505'))).toMatchObject({ reason: ErrorReason.CONFLICT });
  for (const code of ['22021', '22P05']) {
    expect(asStoreError(databaseError(code))).toMatchObject({ reason: ErrorReason.INVALID_REQUEST });
  }
});

test.each(['28P01', '3D000', undefined])('every connection error (%s) is UNAVAILABLE', (code) => {
  const error = asConnectError(Object.assign(new Error('canary'), { code }));
  expect(error).toBeInstanceOf(AppError);
  expect(error).toMatchObject({ reason: ErrorReason.DEPENDENCY_UNAVAILABLE });
  expect(String(error)).not.toContain('canary');
});
