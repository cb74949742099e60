import { join } from 'node:path';
import type { Bench } from '../bench.ts';
import type { MeasuredServer } from '../measure/measured-server.ts';
import { introspectionTarget } from '../system/introspection-target.ts';
import { type RunningServer, startChildServer } from './child-server.ts';
import { STATIC_PATH, startNghttpd } from './nghttpd.ts';
import { OIDC_AUTHORIZATION } from './oidc-client.ts';

/** Servers that send the same response to every request, by their names in figures. */
const CONSTANT_SERVERS = {
  'fast port, constant': 'unary-h2-constant.ts',
  'grpc-js, constant': 'grpc-js-constant.ts',
  'node:http2, constant': 'node-http2-constant.ts',
  'connect-node, constant': 'connect-node-constant.ts',
} as const;

export type BaselineName = keyof typeof CONSTANT_SERVERS | 'oidc-provider, in memory' | 'nghttpd, static file';

export interface Baselines extends AsyncDisposable {
  get(name: BaselineName): MeasuredServer;
}

/** Starts the named servers and moves them to the core of the measured server. */
export async function startBaselines(bench: Bench, names: readonly BaselineName[]): Promise<Baselines> {
  await using started = new AsyncDisposableStack();
  const servers = new Map<BaselineName, MeasuredServer>();
  for (const name of names) {
    const { server, target } = await start(bench, name);
    started.adopt(server, (it) => it.stop());
    await bench.cores.toServerCore([server.pid]);
    servers.set(name, { target, pids: [server.pid] });
  }
  const running = started.move();
  return {
    get: (name) => servers.get(name) as MeasuredServer,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

type Started = { readonly server: RunningServer } & Pick<MeasuredServer, 'target'>;

async function start(bench: Bench, name: BaselineName): Promise<Started> {
  if (name === 'nghttpd, static file') return nghttpd();
  if (name === 'oidc-provider, in memory') return oidcProvider(bench);
  const { tokens, secrets } = bench.system;
  const server = await startChildServer(CONSTANT_SERVERS[name]);
  const payload = { kind: 'unary', tokens: tokens.file } as const;
  return { server, target: introspectionTarget(server.port, secrets.tokens.gateway, payload, 'active') };
}

async function nghttpd(): Promise<Started> {
  const server = await startNghttpd();
  const { port } = server;
  return {
    server,
    target: {
      protocol: 'http2',
      port,
      path: STATIC_PATH,
      fields: {},
      payload: { kind: 'get' },
      expect: 'notEmptyBody',
    },
  };
}

async function oidcProvider({ folder, system }: Bench): Promise<Started> {
  const tokens = join(folder, 'oidc.tokens');
  const server = await startChildServer('oidc-introspection.ts', { file: tokens, count: system.tokens.size });
  const fields = { authorization: OIDC_AUTHORIZATION, 'content-type': 'application/x-www-form-urlencoded' };
  const { port } = server;
  const payload = { kind: 'form', tokens } as const;
  return {
    server,
    target: { protocol: 'http1', port, path: '/token/introspection', fields, payload, expect: 'json' },
  };
}
