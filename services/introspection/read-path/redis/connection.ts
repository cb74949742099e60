import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { unavailable } from '#common/errors/app-error.ts';
import type { RedisServers } from '#common/redis/redis-servers.ts';
import { Generation, newGeneration, recordKey } from '#common/token-state/generation.ts';
import { STAMP_KEY_BYTES } from '#common/token-state/keys.ts';
import { FILL, GUARD, LEARN } from '#common/token-state/scripts.ts';
import { encodeCommand, encodeForEach, entryKeyHead, handshakeCommands } from './commands.ts';
import type { ReadBatch } from './read-batch.ts';
import { IGNORE_REPLY, type ReplyHandler } from './reply-handler.ts';
import { ReplyReader, type ValueHandler } from './reply-reader.ts';
import { StampCache } from './stamp-cache.ts';

export interface ConnectionOptions {
  readonly servers: RedisServers;
  readonly keyPrefix: string;
  readonly commandTimeoutMs: number;
  readonly onReady: (generation: Generation) => void;
  /** Called after everything in flight has failed. */
  readonly onClosed: (reason: string) => void;
}

/** SHA-1 digests for EVALSHA. */
const DIGESTS = new Map([GUARD, FILL].map((script) => [script, createHash('sha1').update(script).digest('hex')]));
/** Error replies of a server that is not the primary of the connection's generation any more. */
const WRONG_SERVER = /^(GENERATION|READONLY|NOSCRIPT)/;

/**
 * One connection to Redis. It reads the server's generation first and caches the stamps that it reads; both are valid for
 * this connection only. Commands without a reply when it closes have failed and are not retried.
 */
export class Connection implements ValueHandler {
  readonly stamps = new StampCache();
  readonly #options: ConnectionOptions;
  #socket: Socket | undefined;
  readonly #replies = new ReplyReader(this);
  /** Commands without a reply, in the order in which they were sent. */
  readonly #pending: { readonly reply: ReplyHandler; readonly sentAtMs: number }[] = [];
  #generation: Generation | undefined;
  #keyHead: Buffer | undefined;
  #guard: Buffer | undefined;
  #readsInFlight = 0;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    options.servers.connect().then(
      (socket) => this.#start(socket),
      (error: Error) => this.close(error.message),
    );
  }

  /** Defined while commands can be sent: after the handshake, and until the connection is closed. */
  get generation(): Generation | undefined {
    return this.#isClosed ? undefined : this.#generation;
  }

  /** Batches of reads in flight. */
  get readsInFlight(): number {
    return this.#readsInFlight;
  }

  /** Sends reads as one pipeline that ends with the guard. Only while `generation` is defined. */
  read(batch: ReadBatch, onPassed: () => void): void {
    const { keyPrefix } = this.#generation as Generation;
    const commands: Buffer[] = [];
    if (batch.tokenHashes.length > 0) {
      commands.push(encodeCommand(['MGET'], this.#keyHead, batch.tokenHashes));
      this.#addPending(batch.entriesReply());
    }
    if (batch.stampKeys.length > 0) {
      const keys = batch.stampKeys.map((key) => Buffer.concat([keyPrefix, key]));
      // Applies to the next command only: token entries change too often to be tracked.
      commands.push(encodeCommand(['CLIENT', 'CACHING', 'YES']), encodeCommand(['MGET', ...keys]));
      this.#addPending(IGNORE_REPLY);
      this.#addPending(batch.stampsReply(this.stamps));
    }
    commands.push(this.#guard as Buffer);
    this.#readsInFlight++;
    this.#addPending(
      batch.guardReply(() => {
        this.#readsInFlight--;
        onPassed();
      }),
    );
    this.#socket?.write(Buffer.concat(commands));
  }

  /**
   * Sets the claim of each entry that does not exist; `reply` handles every reply. Plain commands, because only FILL has to
   * check the generation. Only while `generation` is defined.
   */
  lease(tokenHashes: readonly Buffer[], claim: Buffer, ttlMs: number, reply: ReplyHandler): void {
    const sentAtMs = performance.now();
    for (let count = tokenHashes.length; count > 0; count--) this.#pending.push({ reply, sentAtMs });
    const values = [claim, 'NX', 'PX', String(ttlMs)];
    this.#socket?.write(encodeForEach(['SET'], this.#keyHead as Buffer, tokenHashes, values));
  }

  /** Runs FILL on the entries of these tokens. Only while `generation` is defined. */
  fill(tokenHashes: readonly Buffer[], values: readonly (string | Buffer)[], reply: ReplyHandler): void {
    this.#send(this.#call(FILL, tokenHashes, values), reply);
  }

  /** Closes the connection at once; commands in flight fail. */
  close(reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#socket?.destroy();
    this.stamps.clear();
    const error = unavailable(reason);
    for (const { reply } of this.#pending.splice(0)) reply.onFail?.(error);
    this.#options.onClosed(reason);
  }

  onBulk(bytes: Buffer, start: number, end: number): void {
    // A push has `invalidate` and then the keys that have changed.
    if (this.#replies.isPush) this.stamps.delete(bytes, Math.max(0, end - STAMP_KEY_BYTES));
    else this.#pending[0]?.reply.onBulk?.(bytes, start, end);
  }

  onNil(): void {
    // A push with null in place of the keys means that all of them were removed (FLUSHALL).
    if (this.#replies.isPush) this.stamps.clear();
    else this.#pending[0]?.reply.onNil?.();
  }

  onLine(text: string): void {
    this.#pending[0]?.reply.onLine?.(text);
  }

  /** Redis may fail a lease or a fill; any other error closes the connection. */
  onError(text: string): void {
    const isAllowed = this.#pending[0]?.reply.allowsErrors === true && !WRONG_SERVER.test(text);
    if (!isAllowed) this.close(`error reply from Redis: ${text}`);
  }

  onEnd(isPush: boolean): void {
    if (isPush || this.#isClosed) return;
    const completed = this.#pending.shift();
    if (completed === undefined) this.close('unexpected reply from Redis');
    else completed.reply.onEnd?.();
  }

  #start(socket: Socket): void {
    socket.on('error', (error) => this.close(`the connection to Redis failed: ${error.message}`));
    if (this.#isClosed) return void socket.destroy();
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('close', () => this.close('the connection to Redis was lost'));
    this.#handshake();
    this.#checkTimeout();
  }

  /** Sends everything that must precede the first read. */
  #handshake(): void {
    const { keyPrefix, servers } = this.#options;
    const loads = [...DIGESTS.keys()].map((script) => ['SCRIPT', 'LOAD', script]);
    for (const args of [...handshakeCommands(servers.target), ['CLIENT', 'TRACKING', 'ON', 'OPTIN'], ...loads]) {
      this.#send(encodeCommand(args), IGNORE_REPLY);
    }
    this.#send(encodeCommand(['EVAL', LEARN, '1', recordKey(keyPrefix), newGeneration()]), {
      onBulk: (bytes, start, end) =>
        void this.#onGeneration(new Generation(keyPrefix, bytes.toString('latin1', start, end))),
    });
  }

  async #onGeneration(generation: Generation): Promise<void> {
    await this.#options.servers.endOtherGenerations(generation.record);
    if (this.#isClosed) return;
    this.#generation = generation;
    this.#keyHead = entryKeyHead(generation.keyPrefix);
    this.#guard = this.#call(GUARD, [], []);
    this.#options.onReady(generation);
  }

  #call(script: string, tokenHashes: readonly Buffer[], values: readonly (string | Buffer)[]): Buffer {
    const args = ['EVALSHA', DIGESTS.get(script) as string, `${1 + tokenHashes.length}`];
    const { record } = this.#generation as Generation;
    return encodeCommand([...args, recordKey(this.#options.keyPrefix)], this.#keyHead, tokenHashes, [
      record,
      ...values,
    ]);
  }

  #send(command: Buffer, reply: ReplyHandler): void {
    this.#addPending(reply);
    this.#socket?.write(command);
  }

  #addPending(reply: ReplyHandler): void {
    this.#pending.push({ reply, sentAtMs: performance.now() });
  }

  /** Closes the connection if the oldest command has timed out. Runs about once in each timeout. */
  #checkTimeout(): void {
    if (this.#isClosed) return;
    const now = performance.now();
    const leftMs = (this.#pending[0]?.sentAtMs ?? now) + this.#options.commandTimeoutMs - now;
    if (leftMs <= 0) this.close('Redis command timed out');
    // setImmediate: after the process was paused, pending input is read before the timeout is checked.
    else this.#timer = setTimeout(() => setImmediate(() => this.#checkTimeout()), leftMs);
  }

  #read(chunk: Buffer): void {
    if (this.#isClosed) return;
    try {
      this.#replies.read(chunk);
    } catch (error) {
      this.close(`invalid reply from Redis: ${(error as Error).message}`);
    }
  }
}
