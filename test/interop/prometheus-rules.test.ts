/** The rules in deploy/observability by Prometheus' own tool: they are valid, and each alert fires and resolves. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const FOLDER = join(import.meta.dirname, '../../deploy/observability/prometheus');
const promtool = (...args: string[]) => spawnSync('promtool', args, { cwd: FOLDER, encoding: 'utf8' });

describe.skipIf(promtool('--version').status !== 0)('promtool', () => {
  test.each([
    ['check', 'config', 'prometheus.yaml'],
    ['check', 'rules', '--lint=all', '--lint-fatal', 'recording-rules.yaml', 'alerts.yaml'],
    ['test', 'rules', 'alerts.test.yaml'],
  ])('%s %s', (...args) => {
    const { status, stdout, stderr } = promtool(...args);
    expect(status, `${stdout}${stderr}`).toBe(0);
  });
});
