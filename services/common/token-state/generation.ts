import { randomBytes } from 'node:crypto';
import type { Log } from '../process/log.ts';
import type { CacheKey } from './keys.ts';

const GENERATION_BYTES = 8;
/** `<16 hex generation> <run id> <replication id>`, written by the script LEARN. */
const RECORD = /^[0-9a-f]{16} [0-9a-f]{40} [0-9a-f]{40}$/;

/** The arguments of a script that checks the generation (scripts.ts). */
export type ScriptArguments = [numberOfKeys: string, recordKey: string, ...keysAndValues: (string | Buffer)[]];

/**
 * The key space of a connection. A generation is a random id in Redis, in a record with the identity of the server that it
 * was created on (run id and replication id). A server with another identity gets a new record, so restored or replicated
 * entries are never read.
 */
export class Generation {
  /** The record that the connection has read; scripts compare it with the one in Redis. */
  readonly record: string;
  /** Only the generation, 8 bytes. */
  readonly id: Buffer;
  /** The prefix of the keys of entries and stamps. */
  readonly keyPrefix: Buffer;
  readonly #prefix: string;

  /** Throws for a malformed record. */
  constructor(prefix: string, record: string) {
    if (!RECORD.test(record))
      throw new Error(`the cache generation in Redis is malformed: delete the key ${recordKey(prefix)}`);
    this.#prefix = prefix;
    this.record = record;
    this.id = Buffer.from(record.slice(0, 2 * GENERATION_BYTES), 'hex');
    this.keyPrefix = Buffer.concat([Buffer.from(prefix), this.id]);
  }

  /** The full key in Redis. */
  key(key: CacheKey): Buffer {
    return Buffer.concat([this.keyPrefix, key]);
  }

  /** The arguments of EVALSHA after the script: KEYS are the record's key and `keys`, ARGV the record and `values`. */
  scriptArguments(keys: readonly CacheKey[], values: readonly (string | Buffer)[]): ScriptArguments {
    const wholeKeys = keys.map((key) => this.key(key));
    return [String(1 + keys.length), recordKey(this.#prefix), ...wholeKeys, this.record, ...values];
  }
}

/** Counts and logs changes of the generation. After each, the cache starts empty. */
export class GenerationChanges {
  #last: string | undefined;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** A connection has read this generation. */
  observe({ record }: Generation, log: Log | undefined): void {
    if (this.#last !== undefined && this.#last !== record) {
      this.#count++;
      log?.warn({ before: this.#last, after: record }, 'redis generation changed; the cache starts empty');
    }
    this.#last = record;
  }
}

/** The key of the record. */
export const recordKey = (prefix: string): string => `${prefix}generation`;

/** A random id for LEARN, which uses it if the server has no record of its own. */
export const newGeneration = (): string => randomBytes(GENERATION_BYTES).toString('hex');
