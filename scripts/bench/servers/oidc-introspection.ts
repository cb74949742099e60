/**
 * oidc-provider with RFC 7662 introspection, everything in memory. Its job issues tokens and packs them into a file; they are as
 * long as ours (TOKEN_BYTES). They are client credentials tokens, which cost oidc-provider the least, because it looks up no
 * grant for them.
 */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type Adapter, Provider } from 'oidc-provider';
import { listenOnLoopback } from '../../dependencies/ports.ts';
import { serveJobs } from '../workers/serve-jobs.ts';
import { OIDC_CLIENT } from './oidc-client.ts';

/** The default store of oidc-provider keeps only a thousand tokens. */
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

const server = createServer();
const port = await listenOnLoopback(server);

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
server.on('request', provider.callback());
serveJobs(async ({ file, count }: { file: string; count: number }) => {
  const issue = () => new provider.ClientCredentials({ client, scope: 'read' }).save();
  writeFileSync(file, (await Promise.all(Array.from({ length: count }, issue))).join(''));
  return port;
});
