/** What the Containerfile copies exists, and its user and Node version are the intended ones. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './manifests.ts';

const lines = readFileSync(join(ROOT, 'Containerfile'), 'utf8').split('\n');
const contextCopies = lines.filter((line) => line.startsWith('COPY ') && !line.includes('--from='));

test('each source in the repository exists', () => {
  const sources = contextCopies.flatMap((line) => line.split(' ').slice(1, -1));
  expect(sources).toContain('services');
  expect(sources.filter((source) => !existsSync(join(ROOT, source)))).toEqual([]);
});

test('each copy from another stage names an earlier stage', () => {
  const stages: string[] = [];
  for (const line of lines) {
    const from = line.match(/--from=(\S+)/)?.[1];
    if (from !== undefined) expect(stages).toContain(from);
    stages.push(...(line.match(/^FROM \S+ AS (\S+)$/)?.slice(1) ?? []));
  }
  expect(stages).toEqual(['build', 'packages']);
});

test('the image runs as an unprivileged user with the Node version of package.json', () => {
  expect(lines).toContain('USER 65532:65532');
  const { devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const versions = lines.flatMap((line) => line.match(/library\/node:([0-9.]+)-/)?.slice(1) ?? []);
  expect(new Set(versions)).toEqual(new Set([devDependencies.node]));
});
