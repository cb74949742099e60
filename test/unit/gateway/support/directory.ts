import { AppError } from '#common/errors/app-error.ts';
import { DirectoryService, type GetActorRequest } from '#gen/featureos/oauth/v1/directory_service_pb.ts';
import { ErrorReason } from '#gen/featureos/oauth/v1/error_reason_pb.ts';
import { testPort } from './replica.ts';

export interface Directory {
  readonly address: string;
  readonly requests: GetActorRequest[];
  /** Runs before every response. May throw or hang. */
  before: () => Promise<void>;
  profilePicture: string;
  kill(): Promise<void>;
}

/** Starts a DirectoryService that returns the same actor, with the requested id, to every GetActor. Other methods are UNIMPLEMENTED. */
export async function startDirectory(): Promise<Directory> {
  const state = { requests: [] as GetActorRequest[], before: async () => {}, profilePicture: '' };
  const grpc = testPort();
  const unused = async () => {
    throw new AppError(ErrorReason.UNIMPLEMENTED, 'not in these tests');
  };
  const others = DirectoryService.methods.map(({ localName }) => [localName, unused]);
  grpc.services.add(DirectoryService, {
    ...Object.fromEntries(others),
    async getActor(request: GetActorRequest) {
      state.requests.push(request);
      await state.before();
      const { profilePicture } = state;
      const id = request.actor?.userId ?? 0n;
      return { id, name: 'Helper', email: 'bot@bots.invalid', profilePicture, organizationName: 'Globex' };
    },
  });
  const port = await grpc.listen('127.0.0.1', 0);
  return Object.assign(state, { address: `127.0.0.1:${port}`, kill: () => grpc.close(0) });
}
