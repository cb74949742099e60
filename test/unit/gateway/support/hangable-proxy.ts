import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface HangableProxy {
  readonly address: string;
  /** From now on nothing passes, and nothing is closed: what a host that is gone looks like. */
  hang(): void;
  kill(): void;
}

/** Stands before a server and can make it look gone. */
export async function startHangableProxy(target: string): Promise<HangableProxy> {
  const [host = '', port] = target.split(':');
  const sockets = new Set<Socket>();
  let isHung = false;
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    if (isHung) return;
    const upstream = connect(Number(port), host).on('error', () => {});
    sockets.add(upstream);
    socket.pipe(upstream).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    hang() {
      isHung = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
    kill() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
