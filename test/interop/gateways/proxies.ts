/** Third-party proxies, each with the configuration that deploy/gateways has for operators. */

import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accepts, freePort } from '../../../scripts/dependencies/ports.ts';
import { startServer } from '../../../scripts/dependencies/server-process.ts';

/** The variables of the configurations, such as LISTEN, INTROSPECTION and BACKEND, which are host:port. */
type Variables = Readonly<Record<string, string>>;

interface Program {
  readonly name: string;
  readonly command: string;
  /** The argument that prints its version. */
  readonly version: string;
  /** Writes the files that it needs to the private folder, if any, and returns its arguments. */
  prepare(folder: string, variables: Variables): Promise<readonly string[]>;
  readonly env?: (folder: string) => Variables;
}

const DEPLOY = join(import.meta.dirname, '../../../deploy/gateways');
const APACHE_MODULES = ['mpm_event', 'authz_core', 'setenvif', 'proxy', 'proxy_http', 'lua'];

/** nginx with a template of deploy/gateways, included in a minimal nginx.conf that keeps all files in the private folder. */
const nginx = (template: string): Program => ({
  name: 'nginx',
  command: '/usr/sbin/nginx',
  version: '-v',
  async prepare(folder, variables) {
    const text = await readFile(join(DEPLOY, template), 'utf8');
    await writeFile(join(folder, 'site.conf'), substitute(text, variables));
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${folder}/${name};`,
    );
    const main = `daemon off; pid ${folder}/pid; error_log stderr; worker_processes 1; events {}
      http { access_log off; ${temporary.join(' ')} include ${folder}/site.conf; }`;
    await writeFile(join(folder, 'nginx.conf'), main);
    return ['-e', 'stderr', '-p', folder, '-c', join(folder, 'nginx.conf')];
  },
});

export const SERVICE_TOKEN_PROXY = nginx('service-token/grpc.conf.template');

export const NGINX = nginx('nginx/api.conf.template');

/** nginx in front of auth-server and gateway; it does not call introspection. */
export const FRONT = nginx('nginx/front.conf.template');

export const PROXIES: readonly Program[] = [
  NGINX,
  {
    name: 'haproxy',
    command: '/usr/sbin/haproxy',
    version: '-v',
    prepare: async () => ['-db', '-f', join(DEPLOY, 'haproxy/haproxy.cfg')],
    env: () => ({ OAUTH_LUA: join(DEPLOY, 'haproxy') }),
  },
  {
    name: 'caddy',
    command: '/usr/bin/caddy',
    version: 'version',
    prepare: async () => ['run', '--adapter', 'caddyfile', '--config', join(DEPLOY, 'caddy/Caddyfile')],
    env: (folder) => ({ CADDY_ADMIN: `unix/${folder}/admin`, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder }),
  },
  {
    name: 'apache',
    command: '/usr/sbin/apache2',
    version: '-v',
    async prepare(folder) {
      const modules = APACHE_MODULES.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`);
      const main = `${modules.join('\n')}
ServerName localhost
PidFile ${folder}/pid
DefaultRuntimeDir ${folder}
Mutex file:${folder}
ErrorLog /dev/stderr
User nobody
Group nogroup
Include ${join(DEPLOY, 'apache/api.conf')}
`;
      await writeFile(join(folder, 'apache2.conf'), main);
      return ['-D', 'FOREGROUND', '-f', join(folder, 'apache2.conf')];
    },
    env: () => ({ OAUTH_LUA: join(DEPLOY, 'apache') }),
  },
];

export function isInstalled({ command, version }: Program): boolean {
  return spawnSync(command, [version]).status === 0;
}

/** Replaces `${NAME}` in a template, as envsubst does. */
const substitute = (template: string, variables: Variables): string =>
  template.replaceAll(/\$\{([A-Z_0-9]+)\}/g, (_, name: string) => variables[name] as string);

export interface RunningProxy {
  readonly port: number;
  /** The lines of its log. */
  logLines(): readonly string[];
  stop(): Promise<void>;
}

/** `others`: the variables except LISTEN. `listenPort`: the port of LISTEN; default: a free one. */
export async function startProxy(program: Program, others: Variables, listenPort?: number): Promise<RunningProxy> {
  const { name, command } = program;
  const port = listenPort ?? (await freePort());
  const folder = await mkdtemp(join(tmpdir(), `featureos-${name}-`));
  await chmod(folder, 0o755); // workers run as another user
  const variables = { ...others, LISTEN: `127.0.0.1:${port}` };
  const server = await startServer({
    name,
    command,
    args: await program.prepare(folder, variables),
    folder,
    stopSignal: 'SIGTERM',
    environment: { PATH: process.env.PATH ?? '', ...variables, ...program.env?.(folder) },
    isReady: () => accepts(port),
  });
  return { port, logLines: () => server.logLines(), stop: () => server.stop() };
}
