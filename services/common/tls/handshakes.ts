import type { Socket } from 'node:net';
import type { Server, TLSSocket } from 'node:tls';

/** The most handshakes in progress on a port. At the limit the oldest is closed, so that idle connections make room. */
const MAX_HANDSHAKES = 1_000;

/** Limits the connections of a TLS server that have not finished their handshake. Returns their number as `size`. */
export function limitHandshakes(server: Server, max = MAX_HANDSHAKES): { readonly size: number } {
  const inProgress = new Map<string, Socket>();
  server.on('connection', (socket: Socket) => {
    const [oldest] = inProgress.values();
    if (oldest !== undefined && inProgress.size >= max) oldest.destroy();
    const peer = peerOf(socket);
    inProgress.set(peer, socket);
    socket.once('close', () => inProgress.delete(peer));
  });
  server.on('secureConnection', (socket: TLSSocket) => inProgress.delete(peerOf(socket)));
  return inProgress;
}

/** Identifies a connection: its Socket and its TLSSocket are different objects with the same addresses. */
const peerOf = ({ remoteAddress, remotePort, localAddress }: Socket): string =>
  `${remoteAddress}|${remotePort}|${localAddress}`;
