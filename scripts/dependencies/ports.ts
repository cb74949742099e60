/**
 * TCP ports for private servers.
 *
 * A port that the kernel assigns (`listen(0)`) is in the range for outgoing connections, so under load a client socket can
 * take it before the server has bound it. Ports below that range are safe.
 */
import { randomInt } from 'node:crypto';
import { connect, createServer, type Server } from 'node:net';
import { listen } from '../../services/common/process/listen.ts';

const MIN_PORT = 20_000;
/** Linux's outgoing connections start at 32768, macOS's at 49152. */
const PORTS_END = 32_000;
const MAX_ATTEMPTS = 100;

/** Ports that have been tried. None is returned twice, because the server that gets it may not listen yet. */
const tried = new Set<number>();

/** A port on 127.0.0.1 that nothing listens on; each call in this process returns a different one. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const port = randomInt(MIN_PORT, PORTS_END);
    if (tried.has(port)) continue;
    tried.add(port);
    if (await canListen(port)) return port;
  }
  throw new Error(`No free port on 127.0.0.1 in ${MAX_ATTEMPTS} attempts.`);
}

/** Starts to listen on a port of 127.0.0.1 that the kernel assigns, and resolves with the port. */
export const listenOnLoopback = (server: Server): Promise<number> => listen(server, { host: '127.0.0.1', port: 0 });

export function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

/** Whether something accepts connections on that port of 127.0.0.1. */
export function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  }).finally(() => socket.destroy());
}
