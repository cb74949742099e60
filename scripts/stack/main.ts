import { parseArgs } from 'node:util';
import { findRunningStack, removeStackFile, type StackInfo, writeStackFile } from './stack-file.ts';
import { startStack } from './start-stack.ts';

const HELP = `npm start -- [options]

Brings the whole system up on this machine and keeps it up until Ctrl-C: Postgres (embedded, or
DATABASE_URL), Redis (private, or REDIS_URL), auth-server, introspection, gateway. When everything is
ready, and not before, .stack/stack.json says where everything is; logs are in .stack/logs/.

  --replicas N    introspection replicas, 1 to 16 (default 1)
  --port-base N   fixed ports from N on: auth-server HTTP, auth-server gRPC, gateway, platform, then
                  the replicas (default: free ports)
  --help          this text
`;

const PARENT_POLL_MS = 250;

const options = readOptions();
const already = await findRunningStack();
if (already)
  fail(`A stack is running here already, at ${already.auth_server.http}; stop it with Ctrl-C where it was started.`);
removeStackFile();

const interrupted = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      process.once(signal, () => process.exit(1));
      resolve();
    });
  }
  // npm does not pass a SIGTERM on to its scripts: when npm is gone, its stack has to go as well.
  const { ppid } = process;
  if (process.env.npm_lifecycle_event) setInterval(() => process.ppid !== ppid && resolve(), PARENT_POLL_MS).unref();
});

const stack = await startStack({ ...options, onProgress: (line) => process.stderr.write(`${line}\n`) }).catch((error) =>
  fail(error instanceof Error ? error.message : String(error)),
);
writeStackFile(stack.info);
process.stdout.write(describe(stack.info));
const broken = await Promise.race([interrupted.then(() => undefined), stack.broken]);
removeStackFile();
if (broken) process.stderr.write(`\n${broken}\n`);
else process.stderr.write('\nstopping …\n');
await stack.stop();
process.exit(broken ? 1 : 0);

function readOptions(): { replicas: number; portBase: number | undefined } {
  const known = { replicas: { type: 'string' }, 'port-base': { type: 'string' }, help: { type: 'boolean' } } as const;
  try {
    const { values } = parseArgs({ options: known });
    if (values.help) {
      process.stdout.write(HELP);
      process.exit(0);
    }
    return {
      replicas: wholeNumber('--replicas', values.replicas ?? '1', 1, 16),
      portBase:
        values['port-base'] === undefined ? undefined : wholeNumber('--port-base', values['port-base'], 1, 65_000),
    };
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
  }
}

function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max)
    throw new Error(`${name} takes a whole number from ${min} to ${max}`);
  return value;
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function describe(info: StackInfo): string {
  const [replica] = info.introspection.grpc.split(',');
  return `
  auth-server     ${info.auth_server.http}   gRPC ${info.auth_server.grpc}
  introspection   gRPC ${info.introspection.grpc}
  gateway         ${info.gateway.http}/api/v3
  sign in as      ${info.session_jwt_url}1  (1 admin of acme, 2 admin of globex, 3 member of globex)
  everything      .stack/stack.json

  Try:
    npm run demo
    curl ${info.auth_server.http}/.well-known/oauth-authorization-server
    npx buf curl --http2-prior-knowledge --protocol grpc -d '{"token":"foot_x"}' \\
      -H "authorization: Bearer $(node -p "require('./.stack/stack.json').credentials.gateway")" \\
      http://${replica}/featureos.oauth.v1.IntrospectionService/Introspect

  Ctrl-C stops it.
`;
}
