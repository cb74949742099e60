import { afterEach, expect, test, vi } from 'vitest';
import { type Call, createUnaryServer, type UnaryMethod } from '../../services/common/unary-h2/unary-server.ts';
import * as h2 from './support/frames.ts';
import { Peer } from './support/peer.ts';

const { request, requestFields, PATH } = h2;
const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

/** A peer of a server whose calls end as their message says, those calls, and what their observers were called with. */
function observedServer() {
  const ends: number[] = [];
  const durations: number[] = [];
  const calls: Call[] = [];
  const handle: UnaryMethod['handle'] = (call, bytes, start, end) => {
    calls.push(call);
    call.observer = {
      onEnd(status, durationMs) {
        ends.push(status);
        durations.push(durationMs);
      },
    };
    const outcome = bytes.toString('latin1', start, end);
    if (outcome === 'respond') call.respond(Buffer.from('done'));
    else if (outcome === 'fail') call.fail({ code: 7, message: 'no' });
    else if (outcome === 'throw') throw new Error('broken');
  };
  const server = createUnaryServer({ methods: new Map([[PATH, { handle }]]) });
  return { peer: Peer.connect(server), ends, durations, calls };
}

afterEach(() => {
  vi.useRealTimers();
});

test('a call is observed once, with the status of its response', async () => {
  const { peer, ends, durations } = observedServer();
  for (const [index, outcome] of ['respond', 'fail', 'throw'].entries()) {
    peer.send(request(2 * index + 1, outcome));
    await peer.response(2 * index + 1);
  }
  expect(ends).toEqual([0, 7, 13]);
  for (const durationMs of durations) expect(durationMs).toBeGreaterThanOrEqual(0);
});

test('a call that its client resets is cancelled, and its late response is not observed', async () => {
  const { peer, ends, calls } = observedServer();
  peer.send(request(1, 'hold'));
  const call = await peer.until('the call', () => calls[0]);
  peer.send(h2.reset(1));
  await peer.until('its end', () => ends[0]);
  call.respond(Buffer.from('late'));
  peer.send(request(3, 'respond'));
  await peer.response(3);
  expect(ends).toEqual([1, 0]);
});

test('a call whose handler does not respond ends at its deadline', async () => {
  const { peer, ends } = observedServer();
  peer.send(request(1, 'hold', requestFields([['grpc-timeout', '20m']])));
  await peer.response(1);
  expect(ends).toEqual([4]);
});

test('a call that fails after its deadline is observed with the status that is sent', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  const { peer, ends, calls } = observedServer();
  peer.send(request(1, 'hold', requestFields([['grpc-timeout', '20m']])));
  const call = await peer.until('the call', () => calls[0]);
  vi.advanceTimersByTime(40);
  expect(call.cancelled).toBe(true);
  // DEADLINE_EXCEEDED is queued for the end of this turn.
  call.fail({ code: 14, message: 'too late' });
  expect((await peer.response(1)).fields['grpc-status']).toBe('4');
  expect(ends).toEqual([4]);
});

test('calls of a connection that is lost are cancelled', async () => {
  const { peer, ends, calls } = observedServer();
  peer.send(request(1, 'hold'), request(3, 'hold'));
  await peer.until('the calls', () => calls[1]);
  peer.duplex.destroy();
  await peer.until('their ends', () => ends[1]);
  expect(ends).toEqual([1, 1]);
});

test('the first traceparent is passed on; another one does not make the request malformed', async () => {
  const { peer, calls } = observedServer();
  const fields = requestFields([
    ['traceparent', TRACEPARENT],
    ['traceparent', 'another'],
  ]);
  peer.send(request(1, 'respond', fields), request(3, 'respond'));
  await Promise.all([peer.response(1), peer.response(3)]);
  expect(calls.map(({ traceparent }) => traceparent)).toEqual([TRACEPARENT, undefined]);
});
