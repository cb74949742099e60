import type { Report } from './run-scenario.ts';

/** One line for a run, and the stories of what went wrong. */
export function printReport(report: Report): void {
  const { name, seconds, answers, unavailable, changes, faults, violationCount, violations, defects } = report;
  const promised = report.unfenced > 0 ? `A (${report.unfenced} changes without their fence)` : report.promised;
  const { acknowledged, undone, pending, unknown } = changes;
  const isFine = violations.length === 0 && defects.length === 0;
  console.log(
    [
      `${isFine ? 'ok    ' : 'FAILED'} ${name}: ${faults} faults`,
      `${answers} answers (${unavailable} unavailable)`,
      `changes ${acknowledged} acknowledged, ${undone} undone, ${pending} pending, ${unknown} unknown`,
      `${violationCount} violations of ${promised} and G2, ${defects.length} defects`,
      `${seconds.toFixed(1)} s`,
    ].join('; '),
  );
  for (const text of [...violations, ...defects]) console.log(`  ${text.replaceAll('\n', '\n  ')}`);
}
