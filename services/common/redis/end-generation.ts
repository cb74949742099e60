import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../errors/error-message.ts';
import { hostPort } from '../process/host-port.ts';
import type { Log } from '../process/log.ts';
import { END_OTHER_GENERATION } from '../token-state/scripts.ts';
import { type OneShotOptions, withClient } from './one-shot-client.ts';
import type { Address } from './redis-url.ts';

/** The timeout of an attempt; enough for a TLS handshake with a busy server and for a lost SYN. */
const ATTEMPT_TIMEOUT_MS = 2_000;
const RETRY_MS = 500;
/** A running process that reaches a Sentinel that knows the new primary leaves the old one sooner (primary-watch.ts). */
const WAIT_MS = 3_000;

/** Error replies of a server that serves nobody: it is a replica, or it is starting and will have a new identity. */
const SERVES_NOBODY = /^(?:READONLY|MASTERDOWN|LOADING)/;
/** A server with this failure serves nobody until it has enough replicas; Sentinels have moved them to the new primary. */
const HAS_TOO_FEW_REPLICAS = /^NOREPLICAS/;

export interface EndGenerationOptions extends Omit<OneShotOptions, 'address' | 'timeoutMs'> {
  readonly recordKey: string;
  /** The record of the generation at the primary of the process's connection. The server whose run id is in it is skipped. */
  readonly record: string;
  /** Aborted when that connection is closed. */
  readonly signal: AbortSignal;
  readonly log: Log | undefined;
}

/**
 * Ends the generation at each of these servers. Resolves when none of them serves a generation, or `signal` aborts. After 3 s it
 * resolves anyway, warns about the servers that may still serve one, and repeats its attempts there until they succeed or
 * `signal` aborts.
 */
export async function endGenerations(servers: readonly Address[], options: EndGenerationOptions): Promise<void> {
  if (servers.length === 0) return;
  const pending = new Map<Address, string>(servers.map((server) => [server, 'no reply']));
  const ended = new AbortController();
  for (const server of servers) {
    void untilEnded(server, options, (reason) => {
      if (reason === undefined) pending.delete(server);
      else pending.set(server, reason);
      if (pending.size === 0) ended.abort();
    });
  }
  const signal = AbortSignal.any([ended.signal, options.signal]);
  await sleep(WAIT_MS, undefined, { signal }).catch(() => {});
  if (signal.aborted) return;
  const reasons = [...pending].map(([{ host, port }, reason]) => `${hostPort(host, port)}: ${reason}`);
  options.log?.warn(
    { reasons },
    'redis servers did not end their generation; a replaced primary among them may still be in use',
  );
}

/** Repeats attempts at one server. Reports after each why it may still serve a generation; undefined: it serves none. */
async function untilEnded(
  address: Address,
  options: EndGenerationOptions,
  report: (reason: string | undefined) => void,
): Promise<void> {
  const { recordKey, record, signal } = options;
  while (!signal.aborted) {
    try {
      await withClient({ ...options, address, timeoutMs: ATTEMPT_TIMEOUT_MS }, (client) =>
        client.eval(END_OTHER_GENERATION, 1, recordKey, record),
      );
      return report(undefined);
    } catch (error) {
      const message = messageOf(error as Error);
      if (SERVES_NOBODY.test(message) || isRefused(error)) return report(undefined);
      report(HAS_TOO_FEW_REPLICAS.test(message) ? undefined : message);
    }
    await sleep(RETRY_MS, undefined, { ref: false });
  }
}

/**
 * Whether every address of the host refused the connection, so that the server is not running. The `code` of an AggregateError
 * is that of its first error, and the server may serve at another address.
 */
function isRefused(error: unknown): boolean {
  const failures: unknown[] = error instanceof AggregateError ? error.errors : [error];
  return failures.length > 0 && failures.every((each) => (each as NodeJS.ErrnoException).code === 'ECONNREFUSED');
}
