import { unavailable } from '../../../services/common/errors/app-error.ts';
import { systemClock } from '../../../services/common/process/clock.ts';
import { TokenStateCache, type TokenStateReader } from '../../../services/common/token-state/cache.ts';
import { Circuit } from '../../../services/common/token-state/circuit.ts';
import type { AnswerSource } from '../../../services/introspection/source/answer-source.ts';
import { CachedSource } from '../../../services/introspection/source/cached-source.ts';
import type { Dimension } from '../checker/history.ts';
import type { Schedule } from './schedule.ts';
import type { SmallWorld } from './small-world.ts';
import type { Variant } from './variant.ts';

const MOST_QUESTIONS = 12;

/** A replica: the real sources over the real cache, parking between their steps. */
export function replica(
  world: SmallWorld,
  schedule: Schedule,
  variant: Variant,
  reaches: boolean,
  name: string,
): AnswerSource {
  const postgres: AnswerSource = {
    async answer() {
      await schedule.beside(name, 'asks Postgres');
      const text = await schedule.does(() => world.read());
      await schedule.beside(name, `hears ${text} from Postgres`);
      return { bytes: Buffer.from(text), expiresAt: 0 };
    },
  };
  const cache = variant.reader(new TokenStateCache(world.redis, systemClock), world);
  const scheduled: TokenStateReader = {
    async read(tokenHash) {
      if (!reaches) throw unavailable('no Redis');
      const read = await schedule.does(() => cache.read(tokenHash));
      await schedule.beside(name, `finds a ${read.kind}${read.lease ? ' and has the lease' : ''}`);
      return read;
    },
    async fill(lease, answer, expiresAt) {
      await schedule.beside(name, 'fills');
      await schedule.does(() => cache.fill(lease, answer, expiresAt));
    },
  };
  const circuit = new Circuit({ failures: Number.POSITIVE_INFINITY, openMs: 0 }, systemClock);
  return new CachedSource(scheduled, variant.flights(postgres), circuit);
}

/** Asks a replica again and again. */
export class Asker {
  readonly #source: AnswerSource;
  readonly #world: SmallWorld;
  readonly #schedule: Schedule;
  readonly #where: string;
  readonly #name: string;

  constructor(source: AnswerSource, world: SmallWorld, schedule: Schedule, where: string, number: number) {
    this.#source = source;
    this.#world = world;
    this.#schedule = schedule;
    this.#where = where;
    this.#name = `asker ${number} of ${where}`;
  }

  /** Once more after nothing changes any more. */
  async run(role: Dimension, scopes: Dimension, goesOn: () => boolean): Promise<void> {
    let isLast = false;
    for (let question = 0; question < MOST_QUESTIONS && !isLast; question++) {
      isLast = !goesOn();
      await this.#schedule.beside(this.#name, 'asks');
      const startedAt = this.#schedule.now;
      const { bytes } = await this.#source.answer(this.#world.tokenHash, Number.POSITIVE_INFINITY);
      const asked = { startedAt, endedAt: this.#schedule.now, where: this.#where };
      const [sawRole = '', sawScopes = ''] = Buffer.from(bytes).toString().split(' ');
      role.observations.push({ ...asked, saw: sawRole, accepts: (value) => value === sawRole });
      scopes.observations.push({ ...asked, saw: sawScopes, accepts: (value) => value === sawScopes });
    }
  }
}
