import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { WebFiles } from '../../../services/auth-server/http/pages/web-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'web-files-'));
const root = join(folder, 'dist');
mkdirSync(join(root, 'assets'), { recursive: true });
writeFileSync(join(folder, 'secret.js'), 'outside');
writeFileSync(join(root, 'page.html'), '<p>page');
writeFileSync(join(root, 'assets/a.js'), 'script');
writeFileSync(join(root, '.built-from'), 'mark');
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  root,
  `${root}/`,
  `${folder}//./dist`,
  `./${relative('', root)}`,
])('serves the files of the build, plain and compressed: %s', (path) => {
  const files = new WebFiles(path);
  expect(files.find('/page.html')?.type).toBe('text/html; charset=utf-8');
  expect(files.find('/assets/a.js')?.plain.toString()).toBe('script');
  expect(gunzipSync(files.find('/assets/a.js')?.gzip ?? '').toString()).toBe('script');
});

test.each([
  '/../secret.js',
  '/assets/../../secret.js',
  '/assets/%2e%2e/page.html',
  '/.built-from',
  '/assets',
  '/',
])('serves nothing else: %s', (path) => {
  expect(new WebFiles(root).find(path)).toBeUndefined();
});

test('without a build there are no files, and no error', () => {
  expect(new WebFiles(join(folder, 'nowhere')).isBuilt).toBe(false);
});
