/** Programs of others that the interop tests use: program, what shows that it is there, and its package on Debian. */
import { spawnSync } from 'node:child_process';
import { ensurePackage } from './debian-package.ts';

const CLIENTS: readonly { readonly show: readonly string[]; readonly debianPackage: string }[] = [
  { show: ['curl', '--version'], debianPackage: 'curl' },
  { show: ['openssl', 'version'], debianPackage: 'openssl' },
  { show: ['nghttp', '--version'], debianPackage: 'nghttp2-client' },
  { show: ['h2load', '--version'], debianPackage: 'nghttp2-client' },
  { show: ['/usr/bin/python3', '-c', 'import grpc'], debianPackage: 'python3-grpcio' },
  { show: ['/usr/sbin/pgbouncer', '--version'], debianPackage: 'pgbouncer' },
];

/** Installs what is missing; throws where it cannot. */
export async function ensureInteropClients(): Promise<void> {
  for (const { show, debianPackage } of CLIENTS) {
    const [program, ...args] = show;
    await ensurePackage(debianPackage, async () => spawnSync(program as string, args).status === 0);
  }
}
