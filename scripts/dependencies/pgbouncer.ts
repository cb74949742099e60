/** A private pgbouncer in transaction mode: each transaction gets any free session of Postgres. */
import { spawnSync } from 'node:child_process';
import { chown, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accepts, freePort } from './ports.ts';
import { unprivilegedUser } from './postgres-programs.ts';
import { startServer } from './server-process.ts';

export interface PgbouncerOptions {
  /** The server, user and password that pgbouncer uses for every database name. */
  readonly postgresUrl: string;
  /** Sessions for each database. */
  readonly poolSize: number;
}

export interface PgbouncerInstance {
  readonly port: number;
  stop(): Promise<void>;
}

/** The command that starts pgbouncer: on the PATH, or where Debian installs it. Undefined if it is not installed. */
export function findPgbouncer(): string | undefined {
  return ['pgbouncer', '/usr/sbin/pgbouncer'].find((program) => spawnSync(program, ['--version']).status === 0);
}

/** Starts an instance on 127.0.0.1 with short timeouts. */
export async function startPgbouncer(command: string, options: PgbouncerOptions): Promise<PgbouncerInstance> {
  const port = await freePort();
  const runAs = await unprivilegedUser(); // pgbouncer refuses to run as root
  const folder = await mkdtemp(join(tmpdir(), 'featureos-pgbouncer-'));
  const file = join(folder, 'pgbouncer.ini');
  const { hostname, port: postgresPort, username, password } = new URL(options.postgresUrl);
  await writeFile(
    file,
    `[databases]
* = host=${hostname} port=${postgresPort} user=${username} password=${password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = ${options.poolSize}
max_client_conn = 300
server_connect_timeout = 1
server_login_retry = 1
query_wait_timeout = 2
`,
    { mode: 0o600 },
  );
  if (runAs) for (const path of [folder, file]) await chown(path, runAs.uid, runAs.gid);
  const server = await startServer({
    name: 'pgbouncer',
    command,
    args: ['--quiet', file],
    folder,
    stopSignal: 'SIGTERM',
    ...(runAs && { runAs }),
    isReady: () => accepts(port),
  });
  return { port, stop: () => server.stop() };
}
