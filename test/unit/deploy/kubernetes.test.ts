/** The manifests match the schemas of Kubernetes and each other. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import { Job } from 'kubernetes-models/batch/v1/Job';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { Service } from 'kubernetes-models/v1/Service';
import { expect, test } from 'vitest';
import { containerOf, type Labels, type Manifest, manifests, named, ofKind, type Probe, ROOT } from './manifests.ts';

const MODELS = { ConfigMap, Deployment, HorizontalPodAutoscaler, Job, NetworkPolicy, PodDisruptionBudget, Service };

const deployments = ofKind('Deployment');
const labelsOf = ({ spec }: Manifest): Labels => spec.template.metadata.labels;
const portNames = (deployment: Manifest) => (containerOf(deployment).ports ?? []).map(({ name }) => name);
const selected = (labels: Labels) =>
  deployments.filter((deployment) =>
    Object.entries(labels).every(([key, value]) => labelsOf(deployment)[key] === value),
  );

test.each(
  manifests.map((manifest) => [`${manifest.kind} ${manifest.metadata.name}`, manifest] as const),
)('%s is valid', (_name, manifest) => {
  const Model = MODELS[manifest.kind as keyof typeof MODELS] as new (data: object) => Manifest & { validate(): void };
  const model = new Model(manifest);
  expect(model.apiVersion).toBe(manifest.apiVersion);
  expect(() => model.validate()).not.toThrow();
});

test('the schema rejects a value of a wrong type', () => {
  const [deployment] = deployments;
  const spec = { ...deployment?.spec, minReadySeconds: 'soon' };
  expect(() => new Deployment({ ...deployment, spec } as object).validate()).toThrow();
});

test('selectors select exactly the pods of the same name', () => {
  const selectors: [Manifest, Labels][] = [
    ...['Deployment', 'PodDisruptionBudget']
      .flatMap(ofKind)
      .map((each): [Manifest, Labels] => [each, each.spec.selector.matchLabels]),
    ...ofKind('Service').map((each): [Manifest, Labels] => [each, each.spec.selector]),
    ...ofKind('NetworkPolicy').map((each): [Manifest, Labels] => [each, each.spec.podSelector.matchLabels]),
  ];
  // Four kinds of manifests for each of three services.
  expect(selectors).toHaveLength(4 * 3);
  for (const [{ metadata }, labels] of selectors) {
    expect(selected(labels).map((each) => each.metadata.name)).toEqual([metadata.name]);
  }
  for (const { spec, metadata } of ofKind('HorizontalPodAutoscaler')) {
    expect(spec.scaleTargetRef).toMatchObject({ kind: 'Deployment', name: metadata.name });
  }
});

test('probes, services and policies name ports of the pods', () => {
  for (const deployment of deployments) {
    const { startupProbe, livenessProbe, readinessProbe } = containerOf(deployment);
    const probed = [startupProbe, livenessProbe, readinessProbe].map(
      ({ httpGet, tcpSocket }: Probe) => (httpGet ?? tcpSocket)?.port,
    );
    const { name } = deployment.metadata;
    const served = named('Service', name).spec.ports.map(({ targetPort }: { targetPort: string }) => targetPort);
    const { ingress } = named('NetworkPolicy', name).spec;
    const allowed = ingress.flatMap(({ ports }: { ports: { port: string }[] }) => ports.map(({ port }) => port));
    expect(portNames(deployment)).toEqual(expect.arrayContaining([...probed, ...served, ...allowed]));
    // The policy allows exactly the declared ports. settings.test.ts checks that the service listens on exactly these.
    expect(allowed.toSorted()).toEqual(portNames(deployment).toSorted());
  }
});

test('each container runs a file of the repository, with a read-only root file system', () => {
  for (const { args, securityContext } of [...deployments, ...ofKind('Job')].map(containerOf)) {
    expect(args.map((arg) => existsSync(join(ROOT, arg)))).toEqual([true]);
    expect(securityContext.readOnlyRootFilesystem).toBe(true);
  }
});
