/**
 * oidc-provider with RFC 7662 introspection, everything in memory: `oidc-introspection.ts <file> <count>` issues that many
 * tokens, packs them into the file and listens. They are client credentials tokens, which it can answer for without a
 * look-up of a grant: the least work that it has.
 */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Adapter, Provider } from 'oidc-provider';
import { announce } from './announce.ts';
import { OIDC_CLIENT } from './oidc-client.ts';

/** The store that it brings forgets all but the last thousand tokens. */
class MapAdapter implements Adapter {
  readonly #entries = new Map<string, object>();

  async upsert(id: string, payload: object): Promise<void> {
    this.#entries.set(id, payload);
  }

  async find(id: string): Promise<object | undefined> {
    return this.#entries.get(id);
  }

  async findByUserCode(): Promise<undefined> {}

  async findByUid(): Promise<undefined> {}

  async consume(): Promise<void> {}

  async destroy(id: string): Promise<void> {
    this.#entries.delete(id);
  }

  async revokeByGrantId(): Promise<void> {}
}

const [file = '', count] = process.argv.slice(2);
const server = createServer().listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;

const provider = new Provider(`http://127.0.0.1:${port}`, {
  adapter: MapAdapter,
  clients: [
    {
      client_id: OIDC_CLIENT.id,
      client_secret: OIDC_CLIENT.secret,
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
    },
  ],
  scopes: ['read'],
  ttl: { ClientCredentials: 24 * 60 * 60 },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true, allowedPolicy: () => true },
  },
});
const client = await provider.Client.find(OIDC_CLIENT.id);
const tokens: string[] = [];
while (tokens.length < Number(count))
  tokens.push(await new provider.ClientCredentials({ client, scope: 'read' }).save());
writeFileSync(file, tokens.join(''));
server.on('request', provider.callback());
announce(port);
