import { request } from './frames.ts';
import { Peer } from './peer.ts';
import { HOLD_FIELDS, testServer } from './test-server.ts';

/** A request for HOLD_PATH, to which the handler does not respond. */
export const hold = (id: number) => request(id, '', HOLD_FIELDS);

/** A server, and a peer with one call in flight. `bytes`: its request, for HOLD_PATH; by default without a deadline. */
export async function callInFlight(limits = {}, bytes = hold(1)) {
  const fixture = testServer(limits);
  const peer = Peer.connect(fixture.server);
  peer.send(bytes);
  const { call } = await peer.until('the call', () => fixture.held[0]);
  return { ...fixture, peer, call };
}
