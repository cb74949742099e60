import { randomInt } from 'node:crypto';
import { Role } from '../../../gen/featureos/oauth/v1/directory_pb.ts';
import { DirectoryService } from '../../../gen/featureos/oauth/v1/directory_service_pb.ts';
import { rpcClient } from '../../../scripts/stack/rpc-client.ts';
import type { StackInfo } from '../../../scripts/stack/stack-file.ts';
import type { TestUser } from './visitor.ts';

/** An organization that only one test file uses, because all files share a stack. */
export interface TestOrganization {
  readonly id: bigint;
  readonly subdomain: string;
  readonly name: string;
  readonly admin: TestUser;
  readonly member: TestUser;
}

/** Above the ids of the demo organizations and users. */
const newId = () => randomInt(10_000, 1_000_000_000);

export async function newOrganization(stack: StackInfo, name: string): Promise<TestOrganization> {
  const directory = rpcClient(DirectoryService, stack.auth_server.grpc, stack.credentials.platform);
  const id = BigInt(newId());
  const subdomain = `test-${id}`;
  await directory.putOrganization({ organization: { id, subdomain, name } });
  const newUser = async (userName: string, role: Role): Promise<TestUser> => {
    const userId = newId();
    await directory.putUser({ user: { id: BigInt(userId), name: userName, email: '' } });
    await directory.putMembership({ membership: { organizationId: id, userId: BigInt(userId), role } });
    const value = await (await fetch(stack.session_jwt_url + userId)).text();
    return { id: userId, name: userName, cookie: { name: 'featureos_session', value, url: stack.auth_server.http } };
  };
  return {
    id,
    subdomain,
    name,
    admin: await newUser('Petra Prudent', Role.ADMIN),
    member: await newUser('Milo Modest', Role.MEMBER),
  };
}
