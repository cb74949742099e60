import type { AddressInfo, ListenOptions, Server } from 'node:net';

/** Starts to listen and resolves with the port. Rejects if the address cannot be used. */
export function listen(server: Server, options: ListenOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options, () => resolve((server.address() as AddressInfo).port));
  });
}
