import { parseArgs } from 'node:util';
import { aborted, interruption } from './interruption.ts';
import { findRunningStack, removeStackFile, type StackInfo, writeStackFile } from './stack-file.ts';
import { startStack } from './start-stack.ts';

const HELP = `npm start -- [options]

Starts the whole system on this machine and runs it until Ctrl-C: Postgres (embedded, or
DATABASE_URL), Redis (private, or REDIS_URL), auth-server, introspection, gateway, and a platform that
signs the demo users in. When everything is ready, .stack/stack.json is written with all addresses; logs
are in .stack/logs/.

  --replicas N    introspection replicas, 1 to 16 (default 1)
  --port-base N   fixed ports from N on: auth-server HTTP, auth-server gRPC, gateway, platform, then
                  the replicas' gRPC, their fast ports, auth-server's internal port, the replicas' HTTP
                  (default: free ports); Postgres and Redis always take free ones
  --help          this text
`;

interface Options {
  readonly replicas: number;
  readonly portBase: number | undefined;
}

const options = readOptions();
try {
  process.exitCode = await run(options);
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
}
process.exit();

/** Returns the exit code: 0 if the stack ran until it was interrupted. */
async function run(options: Options): Promise<number> {
  const running = await findRunningStack();
  if (running) {
    throw new Error(
      `A stack is running here already, at ${running.auth_server.http}; stop it with Ctrl-C where it was started.`,
    );
  }
  removeStackFile();
  const interrupted = interruption();
  const stack = await startStack({ ...options, interrupted, onProgress: progress });
  try {
    writeStackFile(stack.info);
    process.stdout.write(describe(stack.info));
    const broken = await Promise.race([aborted(interrupted), stack.broken]);
    progress(`\n${broken ?? 'stopping …'}`);
    return broken === undefined ? 0 : 1;
  } finally {
    removeStackFile(stack.info);
    await stack.stop();
  }
}

function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}

function readOptions(): Options {
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
  introspection   gRPC ${info.introspection.grpc}   fast port ${info.introspection.fast_port}
                  for proxies ${info.introspection.http}
  gateway         ${info.gateway.http}/api/v3
  session JWT     ${info.session_jwt_url}1  (1 admin of acme, 2 admin of globex, 3 member of globex)
  pages           ${info.consent_web.http}/installs and /apps, after a sign-in
  build an app    ${info.consent_web.http}/docs
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
