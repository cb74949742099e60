import type { Server, Socket } from 'node:net';
import type { TLSSocket, Server as TlsServer } from 'node:tls';

/** The most handshakes in progress on a port. At the limit the oldest is closed, so that idle connections make room. */
const MAX_HANDSHAKES = 1_000;

const inProgressOf = new WeakMap<Server, ReadonlyMap<string, Socket>>();

/** The connections of a server with `limitHandshakes()` that have not finished their handshake. 0 for other servers. */
export const handshakesInProgress = (server: Server): number => inProgressOf.get(server)?.size ?? 0;

/** Limits the connections of a TLS server that have not finished their handshake. */
export function limitHandshakes(server: TlsServer, max = MAX_HANDSHAKES): void {
  const inProgress = new Map<string, Socket>();
  inProgressOf.set(server, inProgress);
  server.on('connection', (socket: Socket) => {
    const [oldest] = inProgress.values();
    if (oldest !== undefined && inProgress.size >= max) oldest.destroy();
    const peer = peerOf(socket);
    inProgress.set(peer, socket);
    socket.once('close', () => inProgress.delete(peer));
  });
  server.on('secureConnection', (socket: TLSSocket) => inProgress.delete(peerOf(socket)));
}

/** Identifies a connection: its Socket and its TLSSocket are different objects with the same addresses. */
const peerOf = ({ remoteAddress, remotePort, localAddress }: Socket): string =>
  `${remoteAddress}|${remotePort}|${localAddress}`;
