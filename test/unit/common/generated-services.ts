import { glob } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { DescFile, DescService } from '@bufbuild/protobuf';

const GENERATED = fileURLToPath(new URL('../../../gen', import.meta.url));

/** Every service of the contracts in proto/, found in the generated code so that a new one cannot be forgotten. */
export async function generatedServices(): Promise<DescService[]> {
  const services: DescService[] = [];
  for await (const path of glob('{featureos,envoy}/**/*_pb.ts', { cwd: GENERATED })) {
    const module: Record<string, unknown> = await import(`${GENERATED}/${path}`);
    const files = Object.values(module).filter(isFile);
    services.push(...files.flatMap((file) => file.services));
  }
  return services;
}

const isFile = (value: unknown): value is DescFile => (value as { kind?: unknown } | undefined)?.kind === 'file';
