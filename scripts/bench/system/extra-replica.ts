import { join } from 'node:path';
import { isServing } from '../../stack/grpc-health.ts';
import { Ports } from '../../stack/ports.ts';
import { startService } from '../../stack/service-process.ts';
import { Settings, takeAddresses } from '../../stack/settings.ts';
import type { Bench } from '../bench.ts';
import type { MeasuredServer } from '../measure/measured-server.ts';
import { firstPort, introspectionTarget } from './introspection-target.ts';

export interface ExtraReplica extends AsyncDisposable {
  readonly pid: number;
  /** Its fast port, with requests for the live tokens. */
  readonly server: MeasuredServer;
}

/** Starts another introspection replica of the stack, with `environment` in addition to the usual settings. */
export async function startExtraReplica(
  { system, folder }: Bench,
  name: string,
  environment: Readonly<Record<string, string>>,
): Promise<ExtraReplica> {
  const { stack, secrets, tokens } = system;
  const free = await takeAddresses(new Ports(), 1);
  const settings = new Settings(
    { ...free, authServerInternal: stack.info.auth_server.internal_grpc },
    secrets,
    stack.info.redis_url,
  );
  const [grpc = ''] = free.introspectionGrpc;
  const replica = startService({
    name,
    service: 'introspection',
    environment: { ...settings.introspection(0), ...environment },
    logDirectory: join(folder, 'logs'),
  });
  try {
    await replica.waitUntil(() => isServing(grpc));
  } catch (error) {
    await replica.stop();
    throw error;
  }
  const fastPort = firstPort(free.introspectionFastPort.join());
  const payload = { kind: 'unary', tokens: tokens.file } as const;
  const target = introspectionTarget(fastPort, secrets.tokens.gateway, payload, 'active');
  return {
    pid: replica.pid,
    server: { target, pids: [replica.pid] },
    [Symbol.asyncDispose]: () => replica.stop(),
  };
}
