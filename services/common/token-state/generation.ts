import { randomBytes } from 'node:crypto';
import type { Log } from '../process/log.ts';
import type { CacheKey } from './keys.ts';

const GENERATION_BYTES = 8;
/** `<16 hex generation> <run id> <replication id>`, as the script LEARN puts it. */
const RECORD = /^[0-9a-f]{16} [0-9a-f]{40} [0-9a-f]{40}$/;

/** Of a script that is to run in a generation (scripts.ts). */
export type ScriptArguments = [numberOfKeys: string, recordKey: string, ...keysAndValues: (string | Buffer)[]];

/** The name of the record, after the prefix that is before every key. */
const RECORD_NAME = 'generation';

/**
 * The key space that a connection works in. It belongs to a generation, a random id that lies in Redis itself, in a
 * record with the identity of the server on which it was made (its run id and its replication id). A server that is not
 * the one that the record names gets a new record, so whatever it has restored or kept is never read again.
 */
export class Generation {
  /** The record as it was learnt; every script compares it with the one in Redis. */
  readonly record: string;
  /** The generation alone, 8 bytes. */
  readonly id: Buffer;
  /** What every key of an entry or a stamp begins with. */
  readonly keyPrefix: Buffer;
  readonly #prefix: string;

  /** Throws for text that is no record. */
  constructor(prefix: string, record: string) {
    if (!RECORD.test(record)) throw new Error('the record of the cache generation in Redis is damaged');
    this.#prefix = prefix;
    this.record = record;
    this.id = Buffer.from(record.slice(0, 2 * GENERATION_BYTES), 'hex');
    this.keyPrefix = Buffer.concat([Buffer.from(prefix), this.id]);
  }

  /** The whole key in Redis. */
  key(key: CacheKey): Buffer {
    return Buffer.concat([this.keyPrefix, key]);
  }

  /** What follows the script in EVALSHA: the number of its KEYS, the record's key and these, and as ARGV the record and these. */
  scriptArguments(keys: readonly CacheKey[], values: readonly (string | Buffer)[]): ScriptArguments {
    const wholeKeys = keys.map((key) => this.key(key));
    return [String(1 + keys.length), recordKey(this.#prefix), ...wholeKeys, this.record, ...values];
  }
}

/** Counts and logs that another generation was met than the last one: each time the cache has started empty. */
export class GenerationChanges {
  #last: string | undefined;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** A connection has learnt this generation. */
  note({ record }: Generation, log: Log | undefined): void {
    if (this.#last !== undefined && this.#last !== record) {
      this.#count++;
      log?.warn({ before: this.#last, after: record }, 'redis generation changed; the cache starts empty');
    }
    this.#last = record;
  }
}

/** The key of the record. */
export const recordKey = (prefix: string): string => `${prefix}${RECORD_NAME}`;

/** A generation to put where there is none for this server. */
export const newGeneration = (): string => randomBytes(GENERATION_BYTES).toString('hex');
