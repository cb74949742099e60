import { Code, ConnectError } from '@connectrpc/connect';
import { expect } from 'vitest';
import { ErrorDetailSchema, type ErrorReason } from '../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { grpcCodeOf } from '../../services/common/errors/wire.ts';
import type { HttpResponse } from './world.ts';

const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** An error of an endpoint for users: `{message, status, success}` and nothing else. */
export function expectError(response: HttpResponse, status: number, message: unknown = expect.any(String)): void {
  expect({ status: response.status, body: response.body }).toEqual({
    status,
    body: { message, status, success: false },
  });
  expect(response.headers.get('x-request-id')).toMatch(REQUEST_ID);
}

/** A 422 that names exactly these fields, each with at least one message. */
export function expectInvalidFields(response: HttpResponse, ...fields: string[]): void {
  const errors = Object.fromEntries(fields.map((field) => [field, expect.arrayContaining([expect.any(String)])]));
  const body = { message: expect.any(String), status: 422, success: false, errors };
  expect({ status: response.status, body: response.body }).toEqual({ status: 422, body });
}

/** An error as in RFC 6749 section 5.2. */
export function expectOAuthError(response: HttpResponse, error: string, status = 400): void {
  const body = { error, error_description: expect.any(String) };
  expect({ status: response.status, body: response.body }).toEqual({ status, body });
  expect(response.headers.get('cache-control')).toBe('no-store');
}

/** An authorization error that must not be redirected to the app. */
export function expectNoRedirect(response: HttpResponse, error = 'invalid_request'): void {
  const body = { error, error_description: expect.any(String) };
  expect({ status: response.status, body: response.body }).toEqual({ status: 400, body });
}

/** An authorization error that is redirected to the app (RFC 6749 section 4.1.2.1). Returns the query of the redirect. */
export function expectRedirect(response: HttpResponse, error: string): URLSearchParams {
  const body = { error, error_description: expect.any(String), redirect_to: expect.any(String) };
  expect({ status: response.status, body: response.body }).toEqual({ status: 400, body });
  const { searchParams } = new URL(response.body.redirect_to);
  expect(searchParams.get('error')).toBe(error);
  return searchParams;
}

/** Expects that a call fails with this reason and the gRPC code of the reason. Returns the error. */
export async function expectRpcError(call: Promise<unknown>, reason: ErrorReason): Promise<ConnectError> {
  const code = Code[grpcCodeOf(reason)];
  const error = await call.then(
    (response) => expect.fail(`expected ${code}, got ${JSON.stringify(response, bigintAsText)}`),
    (thrown) => ConnectError.from(thrown),
  );
  expect({
    code: Code[error.code],
    reasons: error.findDetails(ErrorDetailSchema).map((detail) => detail.reason),
  }).toEqual({ code, reasons: [reason] });
  return error;
}

const bigintAsText = (_name: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value);
