import type { ActorClient } from '../../actor-client/actor-client.ts';
import type { Handler } from '../endpoint.ts';

export const sessionInfo =
  (actors: ActorClient): Handler =>
  async ({ token }) => {
    const { actor, organization } = token;
    const profile = await actors.getActor(actor, organization.id);
    return {
      user: { id: profile.id, name: profile.name, email: profile.email, profile_picture: profile.profilePicture },
      actor: actor.mode,
      organization: { id: organization.id, subdomain: organization.subdomain, name: profile.organizationName },
    };
  };
