import { create, toBinary } from '@bufbuild/protobuf';
import type { Refusal } from '@featureos/introspection-client';
import { expect, test, vi } from 'vitest';
import { createLog } from '#common/process/log.ts';
import { ActorMode } from '../../../gen/featureos/oauth/v1/actor_pb.ts';
import { IntrospectResponseSchema } from '../../../gen/featureos/oauth/v1/introspection_pb.ts';
import {
  type AccessRequest,
  Authorizer,
  type TokenIntrospector,
} from '../../../services/introspection/authorization/authorizer.ts';

const ACTIVE = toBinary(
  IntrospectResponseSchema,
  create(IntrospectResponseSchema, {
    active: true,
    organization: { id: 2n, subdomain: 'globex' },
    actor: { mode: ActorMode.APP, userId: 3n },
    scopes: ['posts:read'],
  }),
);
const silent = createLog('test', 'silent');

function decided(introspect: TokenIntrospector['introspect'], request: Partial<AccessRequest> = {}) {
  const authorizer = new Authorizer({ introspect }, silent);
  const outcome: { allowed?: string; denied?: string; failed?: unknown } = {};
  authorizer.decide(
    { authorization: ['Bearer x'], requiredScope: 'posts:read', ...request },
    { deadline: 0, span: undefined },
    {
      allow: ({ organization }) => Object.assign(outcome, { allowed: String(organization) }),
      deny: ({ message }: Refusal) => Object.assign(outcome, { denied: message }),
      fail: (error) => Object.assign(outcome, { failed: error }),
    },
  );
  return { outcome, counts: authorizer.counts };
}

test('counts decisions by result', () => {
  const active: TokenIntrospector['introspect'] = (_token, _deadline, responder) => responder.respond(ACTIVE);
  const none = { allowed: 0, denied: 0, misconfigured: 0, undecided: 0 };
  expect(decided(active)).toEqual({ outcome: { allowed: 'globex' }, counts: { ...none, allowed: 1 } });
  expect(decided(active, { requiredScope: 'posts:write' }).counts).toEqual({ ...none, denied: 1 });
  expect(decided(active, { authorization: [] }).counts).toEqual({ ...none, denied: 1 });
  expect(decided(active, { requiredScope: '' }).counts).toEqual({ ...none, misconfigured: 1 });
});

test('a failed or incomplete introspection neither allows nor denies', () => {
  const error = new Error('gone');
  const outage = decided((_token, _deadline, responder) => responder.fail(error));
  expect(outage).toMatchObject({ outcome: { failed: error }, counts: { undecided: 1 } });
  const broken = decided((_token, _deadline, responder) => responder.respond(Buffer.alloc(0)));
  expect(broken).toMatchObject({ outcome: { failed: expect.any(Error) }, counts: { undecided: 1, denied: 0 } });
});

test('a request to a route without a valid scope is denied without introspection', () => {
  const introspect = vi.fn();
  for (const requiredScope of ['', ' ', 'post:read', 'posts:read post:read']) {
    expect(decided(introspect, { requiredScope }).outcome.denied).toMatch(/^(No|The) OAuth scope/);
  }
  expect(introspect).not.toHaveBeenCalled();
});
