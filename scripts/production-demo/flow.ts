import { OAuthClient } from '../stack/oauth-client.ts';
import type { ProductionStack } from './production-stack.ts';

/** Installs an app, calls the API with its token, refreshes, disconnects. Throws if a response is not as expected. */
export async function showFlow({ info }: ProductionStack, print: (line: string) => void): Promise<void> {
  const callApi = async (token: string) => {
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${info.gateway.http}/api/v3/feature_requests`, { headers });
    await response.arrayBuffer();
    return response.status;
  };
  const expect = async (what: string, status: number, token: string) => {
    const actual = await callApi(token);
    if (actual !== status) throw new Error(`${what}: ${actual} instead of ${status}`);
    print(`${what.padEnd(66)} ${status}`);
  };
  const app = await OAuthClient.register(info, 'Roadmapper');
  const first = await app.install();
  await expect('an admin consented, the app exchanged the code and calls the API', 200, first.access_token);
  const second = await app.refresh(first);
  await expect('it refreshed: the new token', 200, second.access_token);
  await expect('the old token', 401, first.access_token);
  const disconnect = await app.prepareDisconnect();
  await disconnect();
  await expect('the admin disconnected the app: the next call', 401, second.access_token);
}
