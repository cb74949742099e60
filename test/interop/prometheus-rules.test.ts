/**
 * promtool checks that the rules in deploy/observability are valid, and that each alert fires and resolves. Skipped without
 * promtool unless INTEROP_CLIENTS=required, as in CI (scripts/ensure-dependencies.ts --interop installs it).
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const FOLDER = join(import.meta.dirname, '../../deploy/observability/prometheus');
const promtool = (...args: string[]) => spawnSync('promtool', args, { cwd: FOLDER, encoding: 'utf8' });

const isInstalled = promtool('--version').status === 0;

test.runIf(process.env.INTEROP_CLIENTS === 'required')('promtool is installed', () => expect(isInstalled).toBe(true));

describe.runIf(isInstalled)('promtool', () => {
  test.each([
    ['check', 'config', 'prometheus.yaml'],
    ['check', 'rules', '--lint=all', '--lint-fatal', 'recording-rules.yaml', 'alerts.yaml'],
    ['test', 'rules', 'alerts.test.yaml'],
  ])('%s %s', (...args) => {
    const { status, stdout, stderr } = promtool(...args);
    expect(status, `${stdout}${stderr}`).toBe(0);
  });
});
