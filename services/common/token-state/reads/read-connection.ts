import type { Socket } from 'node:net';
import { unavailable } from '../../errors/app-error.ts';
import { KEY_HASH_BYTES } from '../entry.ts';
import { epochOf } from '../epoch.ts';
import { encodeCommand, MultiGet } from './commands.ts';
import type { RedisAddress } from './redis-address.ts';
import { ReplyDeadline } from './reply-deadline.ts';
import { ReplyReader, type ReplySink } from './reply-reader.ts';

/** Takes what one read finds: one call, once. Must not throw. */
export interface EntrySink {
  /** `octets[start, end)`, which stay as they are. */
  found(octets: Buffer, start: number, end: number): void;
  nothing(): void;
  /** UNAVAILABLE: it could not be read. */
  failed(error: unknown): void;
}

/** Reads that went out as one MGET. */
interface Batch {
  readonly sinks: readonly EntrySink[];
  readonly sentAtMs: number;
  /** Whether the server has shown that it is still a primary. */
  isGuarded: boolean;
  /** Sinks that have been told. */
  told: number;
}

/** How a connection is made, and who is told about it. */
export interface ReadConnectionOptions {
  readonly address: RedisAddress;
  readonly keyPrefix: string;
  /** The longest wait for the epoch, and for a reply after that; past it the connection is given up. */
  readonly timeoutMs: number;
  /** An MGET has been answered. */
  readonly onAnswered: () => void;
  readonly onClosed: () => void;
}

/**
 * One connection to Redis that only reads, from its first octet to its last. It learns the epoch of the server at its
 * other end before any read and puts it into every key itself: a read cannot be answered for another epoch than that of
 * the connection it went out on. Each read makes sure that the server is still a primary; one that is not any more may
 * hold states that a change has dropped at its successor. What was not answered when it ends has failed, and is not sent again.
 */
export class ReadConnection implements ReplySink {
  readonly #options: ReadConnectionOptions;
  readonly #socket: Socket;
  readonly #replies = new ReplyReader(this);
  readonly #deadline: ReplyDeadline;
  #greetingsDue: number;
  #multiGet: MultiGet | undefined;
  /** In the order in which they were sent, which is that of the replies. */
  readonly #batches: Batch[] = [];
  #isClosed = false;

  constructor(options: ReadConnectionOptions) {
    const { address, timeoutMs } = options;
    this.#options = options;
    this.#greetingsDue = address.greeting.length;
    this.#deadline = new ReplyDeadline(timeoutMs, () => this.close());
    this.#deadline.begin(performance.now());
    this.#socket = address.dial();
    this.#socket.on('data', (chunk: Buffer) => this.#read(chunk));
    this.#socket.on('error', () => {}); // 'close' follows
    this.#socket.on('close', () => this.close());
    this.#socket.write(Buffer.concat([...address.greeting, ['INFO']].map((words) => encodeCommand(...words))));
  }

  /** Whether the epoch is known and reads can go out. */
  get isReady(): boolean {
    return this.#multiGet !== undefined && !this.#isClosed;
  }

  /** MGETs that are not answered yet. */
  get underWay(): number {
    return this.#batches.length;
  }

  /** Sends reads as one MGET; only when it is ready. */
  send(tokenHashes: readonly Buffer[], sinks: readonly EntrySink[]): void {
    const sentAtMs = performance.now();
    if (this.#batches.push({ sinks, sentAtMs, isGuarded: false, told: 0 }) === 1) this.#deadline.begin(sentAtMs);
    this.#socket.write((this.#multiGet as MultiGet).encode(tokenHashes));
  }

  /** Ends it now; reads under way fail. */
  close(why = 'the connection to the token-state cache (Redis) was lost, or did not answer in time'): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#deadline.stop();
    this.#socket.destroy();
    const error = unavailable(why);
    for (const batch of this.#batches.splice(0)) fail(batch, error);
    this.#options.onClosed();
  }

  bulk(octets: Buffer, start: number, end: number): void {
    if (this.#multiGet === undefined) this.#learnEpoch(octets.toString('latin1', start, end));
    else this.#nextSink()?.found(octets, start, end);
  }

  nil(): void {
    const [batch] = this.#batches;
    if (batch?.isGuarded === false) batch.isGuarded = true;
    else this.#nextSink()?.nothing();
  }

  array(length: number): void {
    const [batch] = this.#batches;
    if (batch?.isGuarded !== true || length !== batch.sinks.length) this.close();
  }

  /** The answer to a greeting, or an error in the place of what was asked for. */
  line(isError: boolean, text: string): void {
    if (this.#multiGet === undefined) {
      if (isError || this.#greetingsDue-- === 0) this.close();
    } else {
      this.close(isError ? `Redis refuses to read: ${text}` : undefined);
    }
  }

  #read(chunk: Buffer): void {
    if (this.#isClosed) return;
    try {
      this.#replies.read(chunk);
    } catch {
      this.close(); // not RESP2
    }
  }

  /** The sink whose reply has come; undefined, and the connection ended, if nothing was asked. */
  #nextSink(): EntrySink | undefined {
    const [batch] = this.#batches;
    if (batch?.isGuarded !== true) {
      this.close();
      return undefined;
    }
    const sink = batch.sinks[batch.told++];
    if (batch.told === batch.sinks.length) this.#shift();
    return sink;
  }

  /** The oldest batch is no longer under way. */
  #shift(): Batch | undefined {
    const batch = this.#batches.shift();
    const [next] = this.#batches;
    if (next === undefined) this.#deadline.end();
    else this.#deadline.begin(next.sentAtMs);
    this.#options.onAnswered();
    return batch;
  }

  #learnEpoch(info: string): void {
    const epoch = epochOf(info);
    if (epoch === undefined) {
      this.close();
      return;
    }
    this.#deadline.end();
    this.#multiGet = new MultiGet(Buffer.concat([Buffer.from(this.#options.keyPrefix), epoch]), KEY_HASH_BYTES);
  }
}

function fail({ sinks, told }: Batch, error: unknown): void {
  for (const sink of sinks.slice(told)) sink.failed(error);
}
