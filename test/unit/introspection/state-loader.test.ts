import { create } from '@bufbuild/protobuf';
import { expect, test, vi } from 'vitest';
import { TokenStateSchema } from '../../../gen/featureos/oauth/internal/v1/token_state_pb.ts';
import {
  type GetTokenStatesResponse,
  GetTokenStatesResponseSchema,
} from '../../../gen/featureos/oauth/internal/v1/token_state_service_pb.ts';
import { unavailable } from '../../../services/common/errors/app-error.ts';
import { encodeStamps, responseOf } from '../../../services/common/token-state/entry.ts';
import { stampKey } from '../../../services/common/token-state/keys.ts';
import type { Fill } from '../../../services/introspection/read-path/redis/entry-cache.ts';
import { type LoadLimits, ownerOf, StateLoader } from '../../../services/introspection/read-path/state-loader.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const NEVER = Number.POSITIVE_INFINITY;
const GENERATION = Buffer.alloc(8, 1);
/** The claim of a state that a fill replaces: its kind and id (entry.ts). */
const CLAIM = Buffer.from(`S${'i'.repeat(8)}`);
const hashOf = (name: string) => Buffer.alloc(32, name);
const nameOf = (hash: Buffer) => hash.toString('latin1', 0, 1);

type Respond = (
  stamps?: Uint8Array<ArrayBuffer>,
  overrides?: { generation?: Buffer<ArrayBuffer>; cacheable?: boolean; expiresAtMs?: bigint },
) => void;

/** A loader whose requests to auth-server the test responds to, with each token's name as its response. */
function loaderWith(limits: Partial<LoadLimits> = {}, canLease: (name: string) => boolean = () => true) {
  const requests: { names: string[]; respond: Respond; fail: () => void }[] = [];
  const filled: { fills: readonly Fill[]; generation: Buffer }[] = [];
  const clock = new ManualClock();
  const loader = new StateLoader({
    clock,
    limits: { maxRequestsInFlight: 1, maxQueueLength: 100, ...limits },
    cache: {
      generation: GENERATION,
      lease: async (hashes) => hashes.map((hash) => canLease(nameOf(hash))),
      fill: (fills, generation) => filled.push({ fills, generation }),
    },
    source: {
      getTokenStates: (hashes) =>
        new Promise<GetTokenStatesResponse>((resolve, reject) => {
          const names = hashes.map(nameOf);
          const respond: Respond = (stamps = new Uint8Array(), { generation = GENERATION, ...state } = {}) => {
            const states = names.map((name) =>
              create(TokenStateSchema, { response: Buffer.from(name), cacheable: true, stamps, ...state }),
            );
            resolve(create(GetTokenStatesResponseSchema, { generation, states }));
          };
          requests.push({ names, respond, fail: () => reject(unavailable('gone')) });
        }),
    },
  });
  const load = (name: string, deadline = NEVER) =>
    new Promise<string>((resolve, fail) => {
      const respond = (bytes: Uint8Array) => resolve(Buffer.from(bytes).toString());
      loader.load(hashOf(name), { deadline, span: undefined }, { respond, fail });
    });
  const request = async (index: number) => {
    await vi.waitUntil(() => requests.length > index);
    return requests[index] as (typeof requests)[number];
  };
  return { loader, clock, load, request, requests, filled };
}

test('combines the loads of one turn, and those of the same token', async () => {
  const { load, request, requests } = loaderWith();
  const loads = [load('a'), load('b'), load('a')];
  const { names, respond } = await request(0);
  expect(names).toEqual(['a', 'b']);
  respond();
  expect(await Promise.all(loads)).toEqual(['a', 'b', 'a']);
  expect(requests).toHaveLength(1);
});

test('never joins a request that has been sent', async () => {
  const { load, request } = loaderWith({ maxRequestsInFlight: 2 });
  const first = load('a');
  await request(0);
  const second = load('a');
  const later = await request(1);
  (await request(0)).respond();
  await first;
  later.respond();
  expect(await second).toBe('a');
});

test('fills a missing entry only if its lease was taken', async () => {
  const { load, request, filled } = loaderWith({}, (name) => name === 'a');
  const loads = [load('a'), load('b')];
  (await request(0)).respond();
  await Promise.all(loads);
  const [{ fills, generation } = { fills: [], generation: undefined }] = filled;
  expect(generation).toEqual(GENERATION);
  expect(fills.map(({ tokenHash }) => nameOf(tokenHash))).toEqual(['a']);
  const { state, claim } = fills[0] as Fill;
  expect(claim.subarray(0, 1).toString()).toBe('L');
  expect(responseOf(state).toString()).toBe('a');
});

test('releases the lease if the request fails, or if the state must not be cached or is of another generation', async () => {
  const { load, request, filled } = loaderWith();
  const failing = load('a');
  (await request(0)).fail();
  await expect(failing).rejects.toThrow('gone');
  const loaded = load('b');
  (await request(1)).respond(undefined, { cacheable: false });
  await loaded;
  const other = load('c');
  (await request(2)).respond(undefined, { generation: Buffer.alloc(8, 2) });
  await other;
  expect(filled.flatMap(({ fills }) => fills.map(({ tokenHash }) => nameOf(tokenHash)))).toEqual(['a', 'b', 'c']);
  for (const { fills, generation } of filled) {
    expect(generation).toEqual(GENERATION);
    expect(fills).toMatchObject([{ state: Buffer.alloc(0), ttlMs: 1 }]);
  }
});

test('caches an expired token like any inactive one', async () => {
  const { load, request, filled, clock } = loaderWith();
  const loaded = load('a');
  (await request(0)).respond(undefined, { expiresAtMs: BigInt(clock.now() - 1) });
  await loaded;
  expect(filled[0]?.fills[0]?.ttlMs).toBe(3_600_000);
});

test('sends first loads before renewals, and each renewal once', async () => {
  const { loader, load, request } = loaderWith();
  const blocking = load('x');
  const first = await request(0);
  for (const name of ['r', 'r', 's']) loader.renew(hashOf(name), { claim: CLAIM, owner: 'owner' });
  const loaded = load('a');
  first.respond();
  await blocking;
  const { names, respond } = await request(1);
  expect(names).toEqual(['a', 'r', 's']);
  respond();
  await loaded;
});

test('limits the share of one install, and remembers the install of each token', async () => {
  const { loader, load, request } = loaderWith({ maxQueueLength: 20 });
  const stamps = Uint8Array.from(encodeStamps([{ key: stampKey({ kind: 'app', id: 7 }), id: Buffer.alloc(6) }]));
  const known = [load('a'), load('b'), load('c')];
  (await request(0)).respond(stamps);
  await Promise.all(known);
  const blocking = load('x');
  const second = await request(1);
  const many = ['a', 'b', 'c'].map((name) => load(name));
  // One install may use two of the twenty places in the queue.
  await expect(many[2]).rejects.toThrow('too many tokens');
  const other = load('z');
  second.respond();
  await blocking;
  const { names, respond } = await request(2);
  expect(names).toEqual(['a', 'z', 'b']);
  respond();
  await Promise.all([many[0], many[1], other]);
  expect(loader.counts).toMatchObject({ requests: 3, tokens: 7 });
});

test('fails loads past their deadline without sending them', async () => {
  const { load, request } = loaderWith();
  const blocking = load('x');
  const first = await request(0);
  const late = load('a', Date.now());
  const other = load('b');
  first.respond();
  await blocking;
  await expect(late).rejects.toThrow('in time');
  const { names, respond } = await request(1);
  expect(names).toEqual(['b']);
  respond();
  await other;
});

test('fails at once if the queue is full', async () => {
  const { load, request } = loaderWith({ maxQueueLength: 2 });
  const blocking = load('x');
  const first = await request(0);
  const queued = [load('a'), load('b')];
  await expect(load('c')).rejects.toThrow('too many tokens');
  first.respond();
  await blocking;
  (await request(1)).respond();
  expect(await Promise.all(queued)).toEqual(['a', 'b']);
});

test('fails the loads of a failed request, and pauses renewals for a second', async () => {
  const { loader, clock, load, request, requests } = loaderWith();
  const failing = load('a');
  (await request(0)).fail();
  await expect(failing).rejects.toThrow('gone');
  expect(loader.isFailing).toBe(true);
  loader.renew(hashOf('r'), { claim: CLAIM, owner: 'owner' });
  clock.advance(1);
  expect(loader.isFailing).toBe(false);
  loader.renew(hashOf('s'), { claim: CLAIM, owner: 'owner' });
  expect((await request(1)).names).toEqual(['s']);
  expect(requests).toHaveLength(2);
});

test('an install keeps its share of the queue after one of its stamps has changed', () => {
  const key = stampKey({ kind: 'app', id: 7 });
  const owners = [1, 2].map((fill) => ownerOf(encodeStamps([{ key, id: Buffer.alloc(6, fill) }])));
  expect(owners[0]).toBe(owners[1]);
  expect(owners[0]).not.toBe(
    ownerOf(encodeStamps([{ key: stampKey({ kind: 'app', id: 8 }), id: Buffer.alloc(6, 1) }])),
  );
});
