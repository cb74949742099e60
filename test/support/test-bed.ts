import { afterAll, beforeAll } from 'vitest';
import { type System, type SystemOptions, startSystem } from './system.ts';
import { Tables } from './tables.ts';
import { TokenEntries } from './token-entries.ts';
import { type RegisteredApp, World } from './world.ts';

/** The system of a test file, with users, and access to its database and cache. */
export interface TestBed {
  readonly system: System;
  readonly world: World;
  readonly tables: Tables;
  readonly entries: TokenEntries;
  /** Introspects on every replica until the state of the token is in the cache. */
  cache(token: string): Promise<void>;
}

/** Call it once at the top of a test file. The properties are set when tests run. */
export function testBed(options: SystemOptions = {}): TestBed {
  const bed = {
    cache: (token) => bed.entries.fill(token, () => bed.world.introspectEverywhere(token)),
  } as { -readonly [Part in keyof TestBed]: TestBed[Part] };
  beforeAll(async () => {
    bed.system = await startSystem(options);
    bed.world = await new World(bed.system).seed();
    bed.tables = new Tables(bed.system.databaseUrl);
    bed.entries = await TokenEntries.connect(bed.system.redis);
  });
  afterAll(async () => {
    bed.entries?.close();
    await bed.tables?.close();
    await bed.system?.stop();
  });
  return bed;
}

/** An app of acme for all tests of a file. The properties are set when tests run. */
export function registeredApp(bed: TestBed, fields: Record<string, unknown> = {}): RegisteredApp {
  const app = {} as RegisteredApp;
  beforeAll(async () => void Object.assign(app, await bed.world.registerApp(fields)));
  return app;
}
