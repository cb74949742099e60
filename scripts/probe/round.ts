import type { Clock } from '#common/process/clock.ts';
import { Observation, type RevocationCall, type RoundResult, resultOf } from './observation.ts';
import type { Replica } from './replicas/replica.ts';
import type { TokenSource } from './sources/token-source.ts';

export interface RoundOptions {
  /** Monotonic, in ms. */
  readonly clock: Clock;
  /** Between two requests to a replica. */
  readonly pause: () => Promise<unknown>;
  /** How long to send requests after the revocation has returned. */
  readonly watchMs: number;
}

/**
 * Issues a token, checks that it is active on every replica, and introspects it repeatedly on each of them from the start of its
 * revocation until `watchMs` after its return. Rejects if the token cannot be issued or revoked, or a replica does not accept it
 * or does not respond: then nothing was measured.
 */
export async function runRound(
  source: TokenSource,
  replicas: readonly Replica[],
  options: RoundOptions,
): Promise<RoundResult> {
  const token = await source.issue();
  await Promise.all(replicas.map((replica) => requireActive(replica, token.value)));
  const stopping = new AbortController();
  const call: RevocationCall = { startedAt: options.clock.now(), returnedAt: Number.POSITIVE_INFINITY };
  const watches = replicas.map((replica) => watch(replica, token.value, call, stopping.signal, options));
  try {
    await token.end();
    call.returnedAt = options.clock.now();
  } catch (error) {
    stopping.abort();
    await Promise.all(watches);
    throw new Error(`the token could not be revoked: ${(error as Error).message}`, { cause: error });
  }
  return resultOf(token.revocation, call, await Promise.all(watches));
}

/** Also fills the replica's cache, if it has one. */
async function requireActive(replica: Replica, token: string): Promise<void> {
  if (!(await replica.isActive(token))) throw new Error(`${replica.name} does not accept a new token`);
}

async function watch(
  replica: Replica,
  token: string,
  call: RevocationCall,
  stopping: AbortSignal,
  { clock, pause, watchMs }: RoundOptions,
): Promise<Observation> {
  const observation = new Observation(replica.name);
  while (!stopping.aborted) {
    const sentAt = clock.now();
    try {
      const active = await replica.isActive(token);
      observation.record({ sentAt, receivedAt: clock.now(), active }, call.returnedAt);
    } catch {
      observation.errors++;
    }
    if (sentAt > call.returnedAt && clock.now() >= call.returnedAt + watchMs) break;
    await pause();
  }
  return observation;
}
