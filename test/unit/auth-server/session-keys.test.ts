/** Session keys that are rotated, are not named by JWTs, or cannot be fetched. */
import { createServer } from 'node:http';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ErrorReason } from '../../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { listenOnLoopback } from '../../../scripts/dependencies/ports.ts';
import { JwksSessionVerifier } from '../../../services/auth-server/callers/jwks-session-verifier.ts';
import { SessionKeys } from '../../../services/auth-server/callers/session-keys.ts';
import { systemClock } from '../../../services/common/process/clock.ts';
import { createLog } from '../../../services/common/process/log.ts';

const ISSUER = 'https://platform.test';
const AUDIENCE = 'featureos-oauth';

type Sign = (header?: { kid?: string }) => Promise<string>;

let published: JWK[];
let isDown: boolean;
let fetches: number;
/** The clock of `keys`. The expiry of JWTs is checked with the system's clock. */
let nowMs: number;
let keys: SessionKeys;
let verifier: JwksSessionVerifier;

const server = createServer((_request, response) => {
  fetches++;
  if (isDown) response.writeHead(503).end();
  else response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: published }));
});

beforeEach(async () => {
  published = [];
  isDown = false;
  fetches = 0;
  nowMs = 1_000_000;
  const url = `http://127.0.0.1:${await listenOnLoopback(server)}/jwks`;
  keys = new SessionKeys(url, createLog('test', 'silent'), () => nowMs);
  verifier = new JwksSessionVerifier({ issuer: ISSUER, audience: AUDIENCE }, keys, systemClock);
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** Publishes another key. Returns its signer. */
async function addKey(kid: string | undefined, alg = 'ES256'): Promise<Sign> {
  const { privateKey, publicKey } = await generateKeyPair(alg);
  published.push({ ...(await exportJWK(publicKey)), ...(kid !== undefined && { kid }), alg });
  return (header = kid === undefined ? {} : { kid }) =>
    new SignJWT({ sub: '7', iss: ISSUER, aud: AUDIENCE })
      .setProtectedHeader({ alg, ...header })
      .setExpirationTime('5 min')
      .sign(privateKey);
}

const advance = (seconds: number) => {
  nowMs += seconds * 1_000;
};
const expectRefused = (jwt: string, reason: ErrorReason) =>
  expect(verifier.verify(jwt)).rejects.toMatchObject({ reason });

test('a JWT without a key id is verified with any number of keys', async () => {
  const signers = [await addKey('k1'), await addKey('k2'), await addKey(undefined)];
  for (const sign of signers) expect(await verifier.verify(await sign({}))).toBe(7);
  const stranger = await addKey('k3');
  published.pop();
  await expectRefused(await stranger({}), ErrorReason.CALLER_UNAUTHENTICATED);
});

test('a new key is accepted at once, even five seconds after the last fetch, with or without id', async () => {
  const old = await addKey('k1');
  expect(await verifier.verify(await old())).toBe(7);
  for (const kid of ['k2', undefined]) {
    advance(5);
    const added = await addKey(kid);
    expect(await verifier.verify(await added())).toBe(7);
  }
  // One key without an id replaces all published keys.
  published = [];
  const only = await addKey(undefined);
  advance(5);
  expect(await verifier.verify(await only())).toBe(7);
});

test('unknown keys cause at most one fetch a second', async () => {
  const sign = await addKey('k1');
  await verifier.verify(await sign());
  const unknown = await sign({ kid: 'k2' });
  advance(5);
  for (let count = 0; count < 20; count++) await expectRefused(unknown, ErrorReason.CALLER_UNAUTHENTICATED);
  expect(fetches).toBe(2);
});

test('uses the last keys for an hour while the JWKS cannot be fetched', async () => {
  const sign = await addKey('k1');
  const jwt = await sign();
  await verifier.verify(jwt);
  isDown = true;
  advance(11 * 60);
  for (let count = 0; count < 20; count++) expect(await verifier.verify(jwt)).toBe(7);
  expect(fetches).toBe(2);
  expect(keys.ageSeconds).toBe(11 * 60);
  // The key cannot be looked up now.
  await expectRefused(await sign({ kid: 'k2' }), ErrorReason.DEPENDENCY_UNAVAILABLE);
  advance(50 * 60);
  await expectRefused(jwt, ErrorReason.DEPENDENCY_UNAVAILABLE);
  isDown = false;
  advance(10);
  expect(await verifier.verify(jwt)).toBe(7);
  expect(keys.ageSeconds).toBe(0);
});

test('a removed key is rejected after the next fetch', async () => {
  const sign = await addKey('k1');
  const jwt = await sign();
  await verifier.verify(jwt);
  published = [];
  await addKey('k2');
  advance(10 * 60);
  await expectRefused(jwt, ErrorReason.CALLER_UNAUTHENTICATED);
});

test('without any keys, verification is UNAVAILABLE until the JWKS can be fetched', async () => {
  const jwt = await (await addKey('k1'))();
  isDown = true;
  await expectRefused(jwt, ErrorReason.DEPENDENCY_UNAVAILABLE);
  isDown = false;
  advance(1);
  expect(await verifier.verify(jwt)).toBe(7);
});
