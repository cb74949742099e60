import { toJsonString } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { AuditEventSchema } from '#gen/featureos/oauth/v1/audit_pb.ts';
import { OperatorService } from '#gen/featureos/oauth/v1/operator_service_pb.ts';
import { rpcClient } from '../stack/rpc-client.ts';
import { findRunningStack } from '../stack/stack-file.ts';
import { EventFile } from './event-file.ts';
import { HELP, type Options, parseOptions } from './options.ts';

const RETRY_MS = 1_000;
const MAX_RETRIES = 10;
const PENDING =
  'Later events are not exported yet: an open transaction may write an earlier one (see pg_stat_activity). Run this again.';

type OperatorClient = ReturnType<typeof rpcClient<typeof OperatorService>>;

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === undefined) process.stdout.write(HELP);
  else await run(options);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}

async function run(options: Options): Promise<void> {
  const client = await connect(options);
  const file = options.output === undefined ? undefined : await EventFile.open(options.output);
  try {
    const write = file ? (lines: string) => file.append(lines) : writeToStdout;
    await exportEvents(client, file?.lastId ?? options.after, write);
  } finally {
    await file?.close();
  }
}

async function connect({ authServer }: Options): Promise<OperatorClient> {
  const token = process.env['OPERATOR_TOKEN'];
  if (authServer !== undefined) {
    if (token === undefined) throw new Error('OPERATOR_TOKEN is not set; it must be the token of an operator');
    return rpcClient(OperatorService, authServer, token);
  }
  const stack = await findRunningStack();
  if (stack === undefined)
    throw new Error('No stack is running. Run npm start, or name a server with --auth-server (see --help)');
  return rpcClient(OperatorService, stack.auth_server.grpc, stack.credentials.operator);
}

async function exportEvents(client: OperatorClient, after: bigint, write: (lines: string) => Promise<void>) {
  let afterId = after;
  for (let written = 0; ; ) {
    const { events, laterEventsPending } = await nextEvents(client, afterId);
    const lines = events.map((event) => `${toJsonString(AuditEventSchema, event)}\n`);
    if (lines.length > 0) await write(lines.join(''));
    afterId = events.at(-1)?.id ?? afterId;
    written += events.length;
    process.stderr.write(`${written} events written, up to id ${afterId}\n`);
    if (events.length > 0) continue;
    if (laterEventsPending) process.stderr.write(`${PENDING}\n`);
    return;
  }
}

/** Retries for some seconds during an outage, because an export can take hours and should survive a restart of auth-server. */
async function nextEvents(client: OperatorClient, afterId: bigint) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await client.exportAuditEvents({ afterId });
    } catch (error) {
      const { code, rawMessage } = ConnectError.from(error);
      if (code !== Code.Unavailable || attempt > MAX_RETRIES) throw error;
      process.stderr.write(`${rawMessage}; trying again\n`);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

function writeToStdout(lines: string): Promise<void> {
  return new Promise((resolve, reject) => process.stdout.write(lines, (error) => (error ? reject(error) : resolve())));
}
