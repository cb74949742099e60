import { afterAll, beforeAll } from 'vitest';
import { type System, type SystemOptions, startSystem } from './system.ts';
import { Tables } from './tables.ts';
import { TokenEntries } from './token-entries.ts';
import { World } from './world.ts';

/** The system of a test file, with users, and access to its database and cache. */
export interface TestBed {
  readonly system: System;
  readonly world: World;
  readonly tables: Tables;
  readonly entries: TokenEntries;
}

/** Call it once at the top of a test file. The properties are set when tests run. */
export function testBed(options: SystemOptions = {}): TestBed {
  const bed = {} as { -readonly [Part in keyof TestBed]: TestBed[Part] };
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
