/** npm may forward a Ctrl-C that the terminal has also sent to this process. A second signal within this time is ignored. */
const DUPLICATE_SIGNAL_MS = 500;
const PARENT_POLL_MS = 250;

/**
 * Aborts on the first SIGINT, SIGTERM or SIGHUP, and when the npm that runs this process has ended. A second signal ends the
 * process at once; dependencies/guard.ts then ends its children.
 */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  let firstAt: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      firstAt ??= performance.now();
      if (performance.now() - firstAt > DUPLICATE_SIGNAL_MS) process.exit(1);
      controller.abort(new Error(`interrupted by ${signal}`));
    });
  }
  if (process.env.npm_lifecycle_event) onParentGone(() => controller.abort(new Error('interrupted: npm has ended')));
  return controller.signal;
}

/** Resolves once the signal has aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** npm uses a shell, which ends on SIGTERM without forwarding it. */
function onParentGone(abort: () => void): void {
  const { ppid } = process;
  setInterval(() => process.ppid !== ppid && abort(), PARENT_POLL_MS).unref();
}
