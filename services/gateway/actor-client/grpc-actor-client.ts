import {
  type Actor,
  ReplicatedClient,
  type ReplicatedClientOptions,
  retryAfterSecondsOf,
} from '@featureos/introspection-client';
import { AppError } from '#common/errors/app-error.ts';
import { ActorMode } from '#gen/featureos/oauth/v1/actor_pb.ts';
import { DirectoryService } from '#gen/featureos/oauth/v1/directory_service_pb.ts';
import { ErrorReason } from '#gen/featureos/oauth/v1/error_reason_pb.ts';
import type { ActorClient, ActorProfile } from './actor-client.ts';

const { getActor } = DirectoryService.method;

/** Calls DirectoryService.GetActor of auth-server. */
export class GrpcActorClient implements ActorClient {
  readonly #client: ReplicatedClient;

  constructor(options: ReplicatedClientOptions) {
    this.#client = new ReplicatedClient(options, [getActor]);
  }

  async getActor({ mode, userId }: Actor, organizationId: number): Promise<ActorProfile> {
    const request = {
      actor: { mode: mode === 'app' ? ActorMode.APP : ActorMode.SELF, userId: BigInt(userId) },
      organizationId: BigInt(organizationId),
    };
    try {
      const { name, email, profilePicture, organizationName } = await this.#client.call(getActor, request);
      return { id: userId, name, email, profilePicture: profilePicture || null, organizationName };
    } catch (error) {
      // Even for NOT_FOUND: the user or bot was removed after the introspection. The next introspection returns inactive.
      throw new AppError(ErrorReason.DEPENDENCY_UNAVAILABLE, 'The actor of this token cannot be looked up; try again', {
        retryAfterSeconds: retryAfterSecondsOf(error),
        cause: error,
      });
    }
  }

  close(): void {
    this.#client.close();
  }
}
