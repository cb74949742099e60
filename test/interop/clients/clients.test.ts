/**
 * The Go and the Python client of deploy/clients, with Debian's packages of gRPC, against this test's system. Clients that
 * cannot be built are skipped unless INTEROP_CLIENTS=required, as in CI (scripts/ensure-dependencies.ts --interop installs
 * what they need).
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { FaultProxy } from '../../support/fault-proxy.ts';
import { testBed } from '../../support/test-bed.ts';
import { expectStatus } from '../../support/world.ts';
import { canBeBuilt, PROGRAMS, RunningClient } from './programs.ts';

/** The first build compiles gRPC. */
const BUILD_LIMIT_MS = 300_000;

const bed = testBed();

describe.each(PROGRAMS)('the client in $name', (program) => {
  const buildable = canBeBuilt(program);
  test.runIf(process.env.INTEROP_CLIENTS === 'required')('can be built', () => expect(buildable).toBe(true));

  describe.skipIf(!buildable)('built as docs/clients.md says', () => {
    let folder: string;
    let command: readonly string[];
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), `featureos-${program.name}-`));
      command = await program.build(folder);
    }, BUILD_LIMIT_MS);
    afterAll(() => rm(folder, { recursive: true, force: true }));

    function start(address: string, serviceToken = bed.system.tokens.gateway): RunningClient {
      const env = { INTROSPECTION_TARGET: `dns:///${address}`, SERVICE_TOKEN: serviceToken };
      const client = new RunningClient(command, { ...env, ...program.env?.(folder) });
      onTestFinished(() => client.stop());
      return client;
    }

    test.each([
      'introspectionFastPort',
      'introspectionGrpc',
    ] as const)('%s: a disconnect is seen by the next call', async (port) => {
      const client = start(bed.system[port][0] as string);
      const app = await bed.world.registerApp();
      const { access_token: token } = await bed.world.install(app);
      const active = 'active globex posts:read,posts:write,comments:read';
      expect([await client.introspect(token), await client.introspect(token)]).toEqual([active, active]);
      expectStatus(204, await bed.world.disconnect(await bed.world.installId(app)));
      expect(await client.introspect(token)).toBe('inactive INACTIVE_REASON_REVOKED');
      expect(await client.introspect('malformed')).toBe('inactive INACTIVE_REASON_MALFORMED');
    });

    test('a wrong service token is an error, not an inactive token', async () => {
      const client = start(bed.system.introspectionFastPort[0] as string, 'unknown');
      expect(await client.introspect('malformed')).toBe(`undecided ${status.UNAUTHENTICATED}`);
    });

    test('a call to a replica that hangs ends at the deadline', async () => {
      const [, port] = (bed.system.introspectionFastPort[0] as string).split(':');
      const proxy = await FaultProxy.start(Number(port));
      onTestFinished(() => proxy.stop());
      const client = start(proxy.address);
      expect(await client.introspect('malformed')).toBe('inactive INACTIVE_REASON_MALFORMED');
      proxy.hang('down');
      expect(await client.introspect('malformed')).toBe(`undecided ${status.DEADLINE_EXCEEDED}`);
    });
  });
});
