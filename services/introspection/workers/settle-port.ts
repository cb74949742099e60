import { type AddressInfo, createServer } from 'node:net';

/**
 * The port that all workers are to listen on, a free one for 0. Throws if it is in use: with SO_REUSEPORT two services
 * could otherwise share it without a word.
 */
export async function settlePort(host: string, port: number): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject);
    probe.listen({ host, port, exclusive: true }, resolve);
  });
  const { port: settled } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return settled;
}
