import { createServer, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { bearerCredential } from '#common/callers/bearer.ts';
import { CallerRules } from '#common/callers/rules.ts';
import { ServiceTokens } from '#common/callers/service-tokens.ts';
import { createLog } from '#common/process/log.ts';
import { serverInterceptor } from '#common/rpc/connect-server.ts';
import { DirectoryService, type GetActorRequest } from '#gen/featureos/oauth/v1/directory_service_pb.ts';
import { CALLER_TOKENS } from './replica.ts';

export interface Directory {
  readonly address: string;
  readonly asked: GetActorRequest[];
  /** Runs before every answer: throw, or never return. */
  before: () => Promise<void>;
  profilePicture: string;
  kill(): void;
}

/** DirectoryService.GetActor the way auth-server serves it: Connect's node adapter behind the common interceptor. */
export async function startDirectory(): Promise<Directory> {
  const state = { asked: [] as GetActorRequest[], before: async () => {}, profilePicture: '' };
  const callers = new ServiceTokens(CALLER_TOKENS);
  const identify = async (headers: Headers) =>
    callers.authenticate(bearerCredential(headers.get('authorization') ?? undefined) ?? '');
  const rules = new CallerRules({ openReflection: false });
  const adapter = connectNodeAdapter({
    interceptors: [serverInterceptor(identify, rules, createLog('test', 'silent'))],
    routes: (router) =>
      router.service(DirectoryService, {
        async getActor(request) {
          state.asked.push(request);
          await state.before();
          const { profilePicture } = state;
          const id = request.actor?.userId ?? 0n;
          return { id, name: 'Helper', email: 'bot@bots.invalid', profilePicture, organizationName: 'Globex' };
        },
      }),
  });
  const server = createServer(adapter);
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session) => sessions.add(session));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(state, {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    kill() {
      server.close();
      for (const session of sessions) session.destroy();
    },
  });
}
