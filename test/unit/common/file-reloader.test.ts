import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { FileReloader } from '../../../services/common/process/file-reloader.ts';
import { type ListSetting, loadList } from '../../../services/common/process/list-setting.ts';
import { createLog } from '../../../services/common/process/log.ts';

const folder = mkdtempSync(join(tmpdir(), 'files-'));
const files = new FileReloader(createLog('test', 'silent'), 3_600_000);
afterAll(() => {
  files.close();
  rmSync(folder, { recursive: true, force: true });
});

test('a list follows its file and keeps its items while the file is invalid; each failure is counted once', async () => {
  const path = join(folder, 'list');
  const setting: ListSetting = { items: [], file: { setting: 'LIST_FILE', path } };
  const replaced: string[][] = [];
  writeFileSync(path, '# first\none, two\n\nthree # and the last\n');
  const list = loadList(setting, files, (items) => ({
    current: [...items],
    replace(next: readonly string[]) {
      if (next.includes('bad')) throw new Error('bad is not allowed');
      this.current = [...next];
      replaced.push([...next]);
    },
  }));
  expect(list.current).toEqual(['one', 'two', 'three']);

  await files.check();
  expect(replaced).toEqual([]);
  writeFileSync(path, 'four');
  await files.check();
  expect(list.current).toEqual(['four']);

  // Counted at the second check only: contents that are invalid once may have been half written.
  for (const invalidate of [
    () => writeFileSync(path, 'bad'),
    () => writeFileSync(path, '# nothing\n'),
    () => rmSync(path),
  ]) {
    const before = files.failures;
    invalidate();
    for (const counted of [0, 1, 1]) {
      await files.check();
      expect([list.current, files.failures]).toEqual([['four'], before + counted]);
    }
  }

  writeFileSync(path, 'five');
  await files.check();
  expect(list.current).toEqual(['five']);
});

test('the error for a file that cannot be read when it is loaded names its setting', () => {
  const load = () => files.load([{ setting: 'KEYS_FILE', path: join(folder, 'none') }], () => {});
  expect(load).toThrow(/^KEYS_FILE cannot be read: ENOENT/);
});
