/** Refreshes, repeats, revocations, disconnects and installs in any order, some of them concurrent, on two auth-servers. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hashCredential } from '../../services/common/credentials/hash.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { type OtherAuthServer, startAuthServer } from '../support/other-auth-server.ts';
import { testBed } from '../support/test-bed.ts';
import type { HttpResponse, Pair, RegisteredApp } from '../support/world.ts';

const clock = new ManualClock();
const bed = testBed({ clock });
const RUNS = 40;
const SEED = 11;

let other: OtherAuthServer;
beforeAll(async () => {
  other = await startAuthServer(bed.system, {}, { clock });
});
afterAll(() => other?.stop());

/** `which`: index of the pair or code, counted from the newest, modulo their number. `at`: the auth-server, 0 or 1. */
interface Presentation {
  readonly do: 'refresh' | 'revokeAccess' | 'revokeRefresh' | 'replay';
  readonly which: number;
  readonly at: number;
}
type Step =
  | Presentation
  | { readonly do: 'disconnect' | 'install' }
  | { readonly do: 'wait'; readonly seconds: number };

const presenting = (name: Presentation['do']): fc.Arbitrary<Presentation> =>
  fc.record({ do: fc.constant(name), which: fc.nat(3), at: fc.nat(1) });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: presenting('refresh') },
  { weight: 2, arbitrary: presenting('revokeAccess') },
  { weight: 1, arbitrary: presenting('revokeRefresh') },
  { weight: 1, arbitrary: presenting('replay') },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('disconnect' as const, 'install' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.constantFrom(20, 61) }) },
);
/** Steps of one list run concurrently; the lists run one after another. */
const steps = fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { minLength: 2, maxLength: 8 });

/** An app in an organization, with all its pairs and codes so far. */
class History {
  readonly #app: RegisteredApp;
  readonly #pairs: Pair[] = [];
  readonly #codes: string[] = [];
  readonly #inactive = new Set<string>();

  private constructor(app: RegisteredApp) {
    this.#app = app;
  }

  static async begin(): Promise<History> {
    const history = new History(await bed.world.registerApp());
    await history.run({ do: 'install' });
    return history;
  }

  /** Returns the access token in the response; undefined if it has none. */
  async run(given: Step): Promise<string | undefined> {
    if ('which' in given) return this.#present(given);
    if (given.do === 'install') return this.#install();
    if (given.do === 'wait') clock.advance(given.seconds);
    else await this.#disconnect();
    return undefined;
  }

  /** At most one of all issued tokens is active, and none that was inactive before. */
  async check(): Promise<void> {
    expect((await bed.tables.livePairs(this.#app.clientId)).length).toBeLessThanOrEqual(1);
    const live = [];
    for (const { access_token: token } of this.#pairs) {
      const { active } = await bed.world.introspect(token);
      expect(await this.#isLive(token)).toBe(active);
      if (active) live.push(token);
      else this.#inactive.add(token);
    }
    expect(new Set(live).size).toBeLessThanOrEqual(1);
    for (const token of live) expect(this.#inactive).not.toContain(token);
  }

  async #install(): Promise<string | undefined> {
    const code = await bed.world.code(this.#app);
    this.#codes.push(code);
    return this.#keep(await bed.world.exchange(this.#app, code));
  }

  async #disconnect(): Promise<void> {
    const install = await bed.world.installOf(this.#app);
    if (install !== undefined) await bed.world.disconnect(install.id);
  }

  async #present({ do: what, which, at }: Presentation): Promise<string | undefined> {
    const world = at === 0 ? bed.world : other.world;
    const pair = this.#pairs.at(-1 - (which % this.#pairs.length)) as Pair;
    const code = this.#codes.at(-1 - (which % this.#codes.length)) as string;
    if (what === 'refresh') return this.#keep(await world.refresh(this.#app, pair.refresh_token));
    if (what === 'replay') return this.#keep(await world.exchange(this.#app, code));
    const token = what === 'revokeAccess' ? pair.access_token : pair.refresh_token;
    await world.client(this.#app, '/oauth/revoke', { token });
    return undefined;
  }

  #keep({ status, body }: HttpResponse): string | undefined {
    if (status !== 200) {
      expect([status, body.error]).toEqual([400, 'invalid_grant']);
      return undefined;
    }
    if (!this.#pairs.some(({ access_token }) => access_token === body.access_token)) this.#pairs.push(body);
    return body.access_token;
  }

  async #isLive(token: string): Promise<boolean> {
    const [row] = await bed.tables.rows<{ live: boolean }>(
      'SELECT ended_at IS NULL AND access_revoked_at IS NULL AS live FROM tokens WHERE access_hash = $1',
      [hashCredential(token)],
    );
    return row?.live === true;
  }
}

test('no order of refreshes leaves two live pairs or reactivates an ended token', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (lists) => {
      const history = await History.begin();
      for (const list of lists) {
        const [issuedToken] = await Promise.all(list.map((each) => history.run(each)));
        // In a longer list, a concurrent step may have revoked it.
        if (list.length === 1 && issuedToken !== undefined) {
          expect((await bed.world.introspect(issuedToken)).active).toBe(true);
        }
        await history.check();
      }
    }),
    { numRuns: RUNS, seed: SEED, endOnFailure: true },
  );
});
