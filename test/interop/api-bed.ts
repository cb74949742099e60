import { afterAll, beforeAll } from 'vitest';
import { freePort } from '../../scripts/dependencies/ports.ts';
import { testBed } from '../support/test-bed.ts';
import { type RunningGateway, startGateway } from '../unit/gateway/support/gateway.ts';

/** A system, and a gateway that serves its API at the system's only `resource`. Call it once at the top of a test file. */
export async function apiBed() {
  const port = await freePort();
  const resource = `http://127.0.0.1:${port}/api/v3`;
  const bed = testBed({ resources: [resource] });
  let gateway: RunningGateway;
  beforeAll(async () => {
    const { issuer, tokens, introspectionGrpc: introspection, authServerGrpc: authServer } = bed.system;
    const options = { introspection, authServer, serviceToken: tokens.gateway };
    gateway = await startGateway({ ...options, port, resource, issuer });
  });
  afterAll(() => gateway?.stop());
  return { bed, resource };
}
