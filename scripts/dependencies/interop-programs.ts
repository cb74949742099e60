/** Programs and libraries of the interop tests: for each, a command that succeeds if it is installed, and its Debian package. */
import { spawnSync } from 'node:child_process';
import { ensurePackage } from './debian-package.ts';

const PROGRAMS: readonly { readonly probe: readonly string[]; readonly debianPackage: string }[] = [
  { probe: ['curl', '--version'], debianPackage: 'curl' },
  { probe: ['openssl', 'version'], debianPackage: 'openssl' },
  { probe: ['nghttp', '--version'], debianPackage: 'nghttp2-client' },
  { probe: ['h2load', '--version'], debianPackage: 'nghttp2-client' },
  { probe: ['/usr/bin/python3', '-c', 'import grpc'], debianPackage: 'python3-grpcio' },
  { probe: ['protoc', '--version'], debianPackage: 'protobuf-compiler' },
  { probe: ['ls', '/usr/bin/grpc_python_plugin'], debianPackage: 'protobuf-compiler-grpc' },
  { probe: ['go', 'version'], debianPackage: 'golang-go' },
  { probe: ['protoc-gen-go', '--version'], debianPackage: 'protoc-gen-go' },
  { probe: ['protoc-gen-go-grpc', '--version'], debianPackage: 'protoc-gen-go-grpc' },
  // Before golang-google-grpc-dev, which would install version 1.3 of this package.
  {
    probe: ['ls', '/usr/share/gocode/src/github.com/golang/protobuf/proto/registry.go'],
    debianPackage: 'golang-github-golang-protobuf-1-5-dev',
  },
  { probe: ['ls', '/usr/share/gocode/src/google.golang.org/grpc'], debianPackage: 'golang-google-grpc-dev' },
  { probe: ['promtool', '--version'], debianPackage: 'prometheus' },
  // For the snippets of docs/guide.
  { probe: ['/usr/bin/python3', '-c', 'import authlib'], debianPackage: 'python3-authlib' },
  { probe: ['/usr/bin/python3', '-c', 'import flask'], debianPackage: 'python3-flask' },
  { probe: ['/usr/bin/python3', '-c', 'import requests'], debianPackage: 'python3-requests' },
  { probe: ['/usr/bin/python3', '-c', 'import requests_oauthlib'], debianPackage: 'python3-requests-oauthlib' },
  { probe: ['ls', '/usr/share/gocode/src/golang.org/x/oauth2/oauth2.go'], debianPackage: 'golang-golang-x-oauth2-dev' },
  { probe: ['/usr/bin/php', '--version'], debianPackage: 'php-cli' },
  { probe: ['/usr/bin/php', '--rf', 'curl_init'], debianPackage: 'php-curl' },
  { probe: ['/usr/bin/ruby', '-e', 'require "oauth2"'], debianPackage: 'ruby-oauth2' },
  { probe: ['/usr/bin/ruby', '-e', 'require "webrick"'], debianPackage: 'ruby-webrick' },
  // The pooler and the proxies that the tests put in front of Postgres and the services.
  { probe: ['/usr/sbin/pgbouncer', '--version'], debianPackage: 'pgbouncer' },
  { probe: ['/usr/sbin/nginx', '-v'], debianPackage: 'nginx' },
  { probe: ['/usr/sbin/haproxy', '-v'], debianPackage: 'haproxy' },
  { probe: ['/usr/bin/caddy', 'version'], debianPackage: 'caddy' },
  { probe: ['/usr/sbin/apache2', '-v'], debianPackage: 'apache2-bin' },
  // apache2's mod_lua uses Lua 5.3.
  { probe: ['ls', '/usr/share/lua/5.3/socket/http.lua'], debianPackage: 'lua-socket' },
];

/** Installs what is missing; throws if that fails. */
export async function ensureInteropPrograms(): Promise<void> {
  for (const { probe, debianPackage } of PROGRAMS) {
    const [program, ...args] = probe;
    await ensurePackage(debianPackage, async () => spawnSync(program as string, args).status === 0);
  }
}
