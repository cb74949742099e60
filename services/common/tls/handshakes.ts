import type { Socket } from 'node:net';
import type { Server, TLSSocket } from 'node:tls';

/** In progress at once on a port. Beyond that the oldest ends: whoever opens connections and says nothing ends his own. */
const MAX_HANDSHAKES = 1_000;

/** Bounds the connections of a TLS server before the ports that it is for see them. Returns the handshakes in progress. */
export function boundHandshakes(server: Server, max = MAX_HANDSHAKES): { readonly size: number } {
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

const peerOf = ({ remoteAddress, remotePort, localAddress }: Socket): string =>
  `${remoteAddress}|${remotePort}|${localAddress}`;
