/** The services read and accept every setting in deploy/kubernetes and deploy/systemd, and listen on the declared ports. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { expect, test } from 'vitest';
import { readConfig as readAuthServer, readMigrationConfig } from '../../../services/auth-server/config.ts';
import type { Environment } from '../../../services/common/process/config-readers.ts';
import { readConfig as readGateway } from '../../../services/gateway/config.ts';
import { readConfig as readIntrospection } from '../../../services/introspection/config.ts';
import { type Container, containerOf, environmentOf, named, ofKind, SYSTEMD } from './manifests.ts';

const READERS: Readonly<Record<string, (environment: Environment) => object>> = {
  'auth-server': readAuthServer,
  introspection: readIntrospection,
  gateway: readGateway,
};

/** Reads the settings; fails if one is invalid or not read. */
function readAll(read: (environment: Environment) => object, environment: Environment): Record<string, unknown> {
  const names = new Set<unknown>();
  const watched = new Proxy(environment, {
    get(target, name) {
      names.add(name);
      return Reflect.get(target, name);
    },
  });
  const config = read(watched);
  expect(Object.keys(environment).filter((name) => !names.has(name))).toEqual([]);
  return config as Record<string, unknown>;
}

const portsOf = ({ ports = [] }: Container) =>
  Object.fromEntries(ports.map(({ name, containerPort }) => [name, containerPort]));

test.each(Object.keys(READERS))('%s accepts its settings on Kubernetes; its ports are declared', (service) => {
  const container = containerOf(named('Deployment', service));
  const config = readAll(READERS[service] as (typeof READERS)[string], environmentOf(container));
  const { httpPort: http, grpcPort: grpc, internalGrpcPort: internal, fastPort: fast, metricsPort: metrics } = config;
  const listening = Object.entries({ http, grpc, internal, fast, metrics }).filter(([, port]) => port !== undefined);
  expect(portsOf(container)).toEqual(Object.fromEntries(listening));
  const hosts = ['httpHost', 'grpcHost', 'internalGrpcHost', 'metricsHost'].filter((name) => name in config);
  expect(hosts.map((name) => config[name])).toEqual(hosts.map(() => '0.0.0.0'));
});

test('the migration accepts its settings on Kubernetes', () => {
  const [job] = ofKind('Job');
  if (job !== undefined) readAll(readMigrationConfig, environmentOf(containerOf(job)));
  expect(job).toBeDefined();
});

test.each(Object.keys(READERS))('%s accepts its settings as a systemd unit', (service) => {
  const environment = parseEnv(readFileSync(join(SYSTEMD, `${service}.env`), 'utf8'));
  readAll(READERS[service] as (typeof READERS)[string], environment);
});

test.each(['introspection', 'gateway'])('each address that %s calls is the name and a port of a Service', (service) => {
  const { INTROSPECTION_ADDRESSES, AUTH_SERVER_GRPC } = environmentOf(containerOf(named('Deployment', service)));
  for (const address of [INTROSPECTION_ADDRESSES, AUTH_SERVER_GRPC].filter((each) => each !== undefined)) {
    const [host = '', port] = address.split(':');
    expect(named('Service', host).spec.ports).toContainEqual(expect.objectContaining({ port: Number(port) }));
  }
});

test('every file that a setting names is in a mounted folder', () => {
  for (const { env, volumeMounts } of ofKind('Deployment').map(containerOf)) {
    const files = env.filter(({ name }) => name.endsWith('_FILE')).map(({ value = '' }) => value);
    const folders = volumeMounts.map(({ mountPath }) => `${mountPath}/`);
    expect(files.filter((file) => !folders.some((folder) => file.startsWith(folder)))).toEqual([]);
  }
});

test('each unit is hardened in the same way', () => {
  const units = readdirSync(SYSTEMD).filter((file) => file.endsWith('.service'));
  const hardening = units.map(
    (unit) => readFileSync(join(SYSTEMD, unit), 'utf8').match(/^# No MemoryDeny[\s\S]*?UMask=\d+$/m)?.[0],
  );
  expect(units).toHaveLength(4);
  expect([...new Set(hardening)]).toEqual([expect.stringContaining('ProtectSystem=strict')]);
});
