import { EVENTS, type Event, type Variant } from './variant.ts';
import type { Connection, Reader, Server, StampIds, World } from './world.ts';

const NO_STAMPS: StampIds = [0, 0];
const NO_EVENTS = Object.fromEntries(EVENTS.map((event) => [event, 0])) as Record<Event, number>;

export const CLOSED: Connection = { server: -1, generation: 0, isUsable: false };
export const EMPTY_SERVER: Server = { generation: 0, identified: false, spaces: [] };

/** The state of a reader without an Introspect. */
export const IDLE = {
  step: 'idle',
  acknowledged: 0,
  committed: 0,
  entry: undefined,
  claim: 0,
  version: 0,
  stamps: NO_STAMPS,
  stampsGeneration: 0,
  response: 0,
} as const satisfies Partial<Reader>;

/** The state of a reader's new connection. */
export const NEW_CONNECTION = { inbox: [], latePushes: [], cached: NO_STAMPS, tracked: [] } as const;

/** Every process is connected to the primary and knows its generation; nothing is cached. */
export function initialWorld({ changes, introspects, readers = 2, events }: Variant): World {
  const connection: Connection = { server: 0, generation: 1, isUsable: true };
  return {
    committed: 0,
    acknowledged: 0,
    exempt: 0,
    servers: [{ generation: 1, identified: true, spaces: [] }, EMPTY_SERVER],
    primary: 0,
    previous: -1,
    lastId: 0,
    lastGeneration: 1,
    introspects,
    left: { ...NO_EVENTS, ...events },
    changes: changes.map((key) => ({ step: 'idle', key, connection, writes: 0 })),
    authServer: connection,
    version: 0,
    readers: Array.from({ length: readers }, () => ({ ...IDLE, ...NEW_CONNECTION, connection })),
    violated: undefined,
  };
}
