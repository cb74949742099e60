import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { testBed } from '../support/test-bed.ts';

const webRoot = mkdtempSync(join(tmpdir(), 'page-encoding-'));
writeFileSync(join(webRoot, 'favicon.svg'), '<svg/>');
afterAll(() => rmSync(webRoot, { recursive: true }));

const bed = testBed({ webRoot });

test.each([
  ['gzip, deflate, br', 'gzip'],
  ['br;q=0, gzip;q=0.5', 'gzip'],
  ['gzip;q=1.0', 'gzip'],
  ['identity', null],
  ['gzip;q=0', null],
  ['identity, gzip ; q=0.000, br', null],
])('Accept-Encoding %s: content-encoding is %s', async (accepted, encoding) => {
  const response = await bed.world.http('GET', '/favicon.svg', { headers: { 'accept-encoding': accepted } });
  expect(response.headers.get('content-encoding')).toBe(encoding);
  expect(response.headers.get('vary')).toContain('accept-encoding');
});
