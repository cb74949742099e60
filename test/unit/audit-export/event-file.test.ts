import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { EventFile } from '../../../scripts/audit-export/event-file.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'event-file-'));
  path = join(folder, 'audit.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('continues after the last complete event and removes an incomplete line', async () => {
  writeFileSync(path, '{"id":"7"}\n{"id":"9"}\n{"id":"1');
  const file = await EventFile.open(path);
  expect(file.lastId).toBe(9n);
  await file.append('{"id":"10"}\n');
  await file.close();
  expect(readFileSync(path, 'utf8')).toBe('{"id":"7"}\n{"id":"9"}\n{"id":"10"}\n');
});

test.each([
  ...['{"no":"event"}', '{"id":7}', 'null', 'text', ''].map((line) => `{"id":"7"}\n${line}\n`),
  '{"notes":"of somebody"}',
  'notes\nwithout a newline at the end',
])('rejects %j, which does not end with an event, and does not change it', async (content) => {
  writeFileSync(path, content);
  await expect(EventFile.open(path)).rejects.toThrow('the last complete line of the file is not an audit event');
  expect(readFileSync(path, 'utf8')).toBe(content);
});
