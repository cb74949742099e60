/** Connections that send an incomplete request: bounded, closed, and without effect on other clients. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { HalfRequests } from '../support/half-requests.ts';
import { startSystem } from '../support/system.ts';
import { startGateway } from '../unit/gateway/support/gateway.ts';

interface Served {
  readonly url: string;
  stop(): Promise<void>;
}

const MAX_CONNECTIONS = 50;
const INCOMPLETE_REQUESTS = {
  'half a header': 'GET /livez HTTP/1.1\r\nhost: x\r\nx-a: ',
  'half a body':
    'POST /oauth/token HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 999\r\n\r\n{',
  nothing: '',
};
const SERVERS: Record<string, () => Promise<Served>> = {
  async 'auth-server'() {
    const system = await startSystem({ httpMaxConnections: MAX_CONNECTIONS });
    return { url: system.issuer, stop: () => system.stop() };
  },
  gateway: () => startGateway({ introspection: ['127.0.0.1:1'], maxConnections: MAX_CONNECTIONS }),
};

describe.each(Object.entries(SERVERS))('%s', (_name, start) => {
  test('closes the connections of a flood of incomplete requests, and serves other clients', async () => {
    const { url, stop } = await start();
    onTestFinished(stop);
    const half = new HalfRequests(url);
    onTestFinished(() => half.destroy());
    const kinds = Object.values(INCOMPLETE_REQUESTS);
    for (let opened = 0; opened < 4 * MAX_CONNECTIONS; opened++) {
      await half.open(kinds[opened % kinds.length] ?? '');
      if (opened % 10 === 0) expect((await fetch(`${url}/livez`)).status).toBe(200);
    }
    await expect.poll(() => half.countOpen()).toBeLessThanOrEqual(MAX_CONNECTIONS);
    await expect.poll(() => half.countOpen(), { interval: 500 }).toBe(0);
    expect((await fetch(`${url}/livez`)).status).toBe(200);
  });

  test('incomplete requests do not keep the server from stopping', async () => {
    const { url, stop } = await start();
    const half = new HalfRequests(url);
    onTestFinished(() => half.destroy());
    for (const request of Object.values(INCOMPLETE_REQUESTS)) await half.open(request);
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    await stop();
    await expect.poll(() => half.countOpen()).toBe(0);
  }, 20_000);
});
