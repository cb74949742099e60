import { readFile } from 'node:fs/promises';
import { Code } from '@connectrpc/connect';
import { type ServiceError, status } from '@grpc/grpc-js';
import { describe, expect, test } from 'vitest';
import { ErrorDetailSchema, ErrorReason, ErrorReasonSchema } from '../../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { errorDetailOf } from '../../../packages/introspection-client/replicated-client/error-detail.ts';
import { toConnectError } from '../../../services/auth-server/http/connect/connect-errors.ts';
import { AppError, invalidFields } from '../../../services/common/errors/app-error.ts';
import { asAppError, errorDetail, grpcCodeOf, httpStatusOf } from '../../../services/common/errors/wire.ts';
import { toGrpcStatus } from '../../../services/common/rpc/grpc-js-errors.ts';

const REASONS = ErrorReasonSchema.values.map(({ number }) => number as ErrorReason);
const nameOf = (reason: ErrorReason) => ErrorReasonSchema.value[reason]?.localName ?? '';
const PROTO = new URL('../../../proto/featureos/oauth/v1/error_reason.proto', import.meta.url);

/** The codes of each reason, as its comment in the contract ends: `<gRPC code> / <HTTP status>.` */
async function documentedWire(): Promise<Map<string, { grpc: string; http: number }>> {
  const text = await readFile(PROTO, 'utf8');
  const entries = text.matchAll(/((?:^ +\/\/.*\n)+) +ERROR_REASON_(\w+) = /gm);
  return new Map(
    [...entries].map(([, comment = '', name = '']) => {
      const [, grpc = '', http = ''] = /([A-Z_]+) \/ (\d+)\.\s*$/.exec(comment) ?? [];
      return [name, { grpc, http: Number(http) }];
    }),
  );
}

test('every reason has the gRPC code and the HTTP status that the contract documents', async () => {
  const documented = await documentedWire();
  expect(documented.size).toBe(REASONS.length);
  for (const reason of REASONS) {
    const wire = documented.get(nameOf(reason));
    expect([nameOf(reason), status[grpcCodeOf(reason)]]).toEqual([nameOf(reason), wire?.grpc]);
    expect(httpStatusOf(reason)).toBe(wire?.http);
  }
});

test('an unknown reason is an internal error', () => {
  expect(grpcCodeOf(99 as ErrorReason)).toBe(status.INTERNAL);
  expect(httpStatusOf(99 as ErrorReason)).toBe(500);
});

test('Connect and grpc-js errors have the same code, message and detail', () => {
  for (const reason of REASONS) {
    const error = new AppError(reason, 'what went wrong', {
      fieldViolations: [{ field: 'redirect_uris[1]', message: 'must be https' }],
      retryAfterSeconds: 3,
      oauthError: 'invalid_scope',
      redirectTo: 'https://app.example/callback?error=invalid_scope',
    });
    const connect = toConnectError(error);
    const grpc = toGrpcStatus(error);
    expect(connect.code).toBe(grpc.code);
    expect(connect.rawMessage).toBe(grpc.details);
    const detail = errorDetailOf(grpc as Pick<ServiceError, 'metadata'>);
    expect(detail).toEqual(errorDetail(error));
    expect(connect.details).toEqual([{ desc: ErrorDetailSchema, value: errorDetail(error) }]);
    expect(detail).toMatchObject({ reason, retryAfterSeconds: 3, oauthError: 'invalid_scope' });
  }
});

test('lists invalid fields in their order', () => {
  const error = invalidFields([
    { field: 'name', message: 'must not be empty' },
    { field: 'redirect_uris[0]', message: 'must be https' },
  ]);
  expect(errorDetail(error).fieldViolations.map(({ field }) => field)).toEqual(['name', 'redirect_uris[0]']);
  expect(error.message).toBe('Not acceptable: name must not be empty; redirect_uris[0] must be https');
});

describe('an unexpected error', () => {
  const CANARY = 'password=canary';

  test.each<[string, unknown]>([
    ['an error', new Error(CANARY)],
    ['an error with a cause', new Error('failed', { cause: new Error(CANARY) })],
    ['an error of the database', Object.assign(new Error(CANARY), { code: '42601' })],
    ['a string', CANARY],
    ['an object', { message: CANARY }],
    ['a number', 7],
  ])('%s becomes a fixed text in Connect and grpc-js errors', (_what, thrown) => {
    const [connect, grpc] = [toConnectError(thrown), toGrpcStatus(thrown)];
    expect([connect.code, grpc.code]).toEqual([Code.Internal, status.INTERNAL]);
    expect(`${connect} ${grpc.details}`).not.toContain('canary');
    expect(asAppError(thrown).reason).toBe(ErrorReason.UNSPECIFIED);
  });

  test.each([undefined, null])('%s can be thrown too', (thrown) => {
    expect(asAppError(thrown).reason).toBe(ErrorReason.UNSPECIFIED);
  });
});

const OUTAGE_CODES =
  'ECONNREFUSED ECONNRESET EPIPE ENOTFOUND EAI_AGAIN ETIMEDOUT EHOSTUNREACH ENETUNREACH ENETDOWN EADDRNOTAVAIL EMFILE';

test.each(OUTAGE_CODES.split(' '))('an outage (%s) is UNAVAILABLE with a retry delay', (code) => {
  const error = asAppError(Object.assign(new Error('down'), { code }));
  expect(error.reason).toBe(ErrorReason.DEPENDENCY_UNAVAILABLE);
  expect(error.extras.retryAfterSeconds).toBeGreaterThan(0);
});

test.each(['EACCES', 'ERR_INVALID_ARG_TYPE', '57P01'])('an error with the code %s is unexpected', (code) => {
  expect(asAppError(Object.assign(new Error('wrong'), { code })).reason).toBe(ErrorReason.UNSPECIFIED);
});

test('truncates long messages', () => {
  const violations = [{ field: 'f'.repeat(10_000), message: 'm'.repeat(10_000) }];
  const error = invalidFields(violations);
  expect(error.message).toHaveLength('Not acceptable: '.length + 200 + 1 + 200);
  expect(errorDetail(error).fieldViolations[0]?.message).toBe(`${'m'.repeat(199)}…`);
  expect(new AppError(ErrorReason.NOT_FOUND, 'x'.repeat(1_001)).message).toBe(`${'x'.repeat(999)}…`);
  expect(new AppError(ErrorReason.NOT_FOUND, 'x'.repeat(1_000)).message).toBe('x'.repeat(1_000));
});
