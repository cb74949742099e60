import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const KUBERNETES = join(ROOT, 'deploy/kubernetes');
export const SYSTEMD = join(ROOT, 'deploy/systemd');

export type Labels = Readonly<Record<string, string>>;
interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef: { readonly name: string } };
}
export interface Probe {
  readonly httpGet?: { readonly port: string };
  readonly tcpSocket?: { readonly port: string };
}
export interface Container {
  readonly args: readonly string[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly env: readonly Variable[];
  readonly envFrom?: readonly { readonly configMapRef: { readonly name: string } }[];
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly securityContext: { readonly readOnlyRootFilesystem: boolean };
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}
/** The fields of resources that tests read. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
  // biome-ignore lint/suspicious/noExplicitAny: it differs with the kind, and its schema is checked.
  readonly spec: any;
}

const isManifest = (file: string) => file.endsWith('.yaml') && file !== 'kustomization.yaml';

/** The manifests of the folders `services` and `migration`. Parsed as YAML 1.1, like in Kubernetes. */
export const manifests: readonly Manifest[] = ['services', 'migration'].flatMap((folder) =>
  readdirSync(join(KUBERNETES, folder))
    .filter(isManifest)
    .flatMap((file) => parseAllDocuments(readFileSync(join(KUBERNETES, folder, file), 'utf8'), { version: '1.1' }))
    .map((document) => document.toJS()),
);

export const ofKind = (kind: string): readonly Manifest[] => manifests.filter((manifest) => manifest.kind === kind);

export const named = (kind: string, name: string): Manifest =>
  ofKind(kind).find(({ metadata }) => metadata.name === name) as Manifest;

export const containerOf = ({ spec }: Manifest): Container => spec.template.spec.containers[0];

/** For each secret, a value that its setting accepts. */
const SECRETS: Readonly<Record<string, string>> = {
  'oauth-database': 'postgres://oauth:password@db.internal/oauth?sslmode=verify-full',
  'oauth-redis': 'rediss://oauth:password@redis.internal:6379',
};

export function environmentOf({ env, envFrom = [] }: Container): Record<string, string> {
  const settings = envFrom.map(({ configMapRef }) => named('ConfigMap', configMapRef.name).data);
  const own = env.map(({ name, value, valueFrom }) => [name, value ?? SECRETS[valueFrom?.secretKeyRef.name ?? '']]);
  return Object.assign({}, ...settings, Object.fromEntries(own));
}
