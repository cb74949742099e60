import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { messageOf } from '#common/errors/error-message.ts';
import type { RedisServers } from '#common/redis/redis-servers.ts';
import { Generation, newGeneration, recordKey } from '#common/token-state/generation.ts';
import { STAMP_KEY_BYTES } from '#common/token-state/keys.ts';
import { FILL, GUARD, LEARN } from '#common/token-state/scripts.ts';
import { encodeCommand, encodeForEach, entryKeyHead, handshakeCommands } from './commands.ts';
import { type ReplyHandler, ReplyReader, type Values } from './reply-reader.ts';
import { StampCache } from './stamp-cache.ts';

export interface ConnectionOptions {
  readonly servers: RedisServers;
  readonly keyPrefix: string;
  readonly commandTimeoutMs: number;
  readonly onReady: (generation: Generation) => void;
  /** Called once, when the connection is closed or cannot be opened. All commands without a reply have failed. */
  readonly onClosed: (reason: string) => void;
}

/** Handles the reply to a command. */
interface CommandHandler {
  onReply(values: Values): void;
  /** Redis has rejected the command (out of memory, for example) or the connection was closed. Default: closes the connection. */
  onError?(): void;
}

/** The scripts that are called with EVALSHA, and the SHA-1 of each. */
const DIGESTS = new Map([GUARD, FILL].map((script) => [script, createHash('sha1').update(script).digest('hex')]));
/** Error replies after which the connection must be replaced: the generation, the server's role or its scripts have changed. */
const NEEDS_NEW_CONNECTION = /^(GENERATION|READONLY|NOSCRIPT)/;
/** Makes Redis track the keys of the next command. Used for stamps only, because entries change too often. */
const CACHING = encodeCommand(['CLIENT', 'CACHING', 'YES']);
const IGNORE: CommandHandler = { onReply: () => {} };

/**
 * One connection to Redis. It reads the server's generation first and caches the stamps that it reads; both are valid for
 * this connection only. Commands without a reply when it closes have failed and are not retried.
 */
export class Connection implements ReplyHandler {
  readonly stamps = new StampCache();
  readonly #options: ConnectionOptions;
  readonly #replies = new ReplyReader(this);
  /** Commands without a reply, in the order in which they were sent. */
  readonly #pending: { readonly handler: CommandHandler; readonly sentAtMs: number }[] = [];
  #socket: Socket | undefined;
  #generation: Generation | undefined;
  #keyHead: Buffer | undefined;
  #guard: Buffer | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    options.servers.connect().then(
      (socket) => this.#start(socket),
      (error: Error) => this.close(error.message),
    );
  }

  /** Defined while commands can be sent: from `onReady` until the connection is closed. */
  get generation(): Generation | undefined {
    return this.#isClosed ? undefined : this.#generation;
  }

  /**
   * Reads entries, and the stamps that earlier reads needed but were not cached, in one pipeline that ends with the guard,
   * which checks the server's generation and role. `onEntries` is called when the guard has passed. Call only while
   * `generation` is defined.
   */
  read(tokenHashes: readonly Buffer[], onEntries: (entries: Values) => void): void {
    let entries: Values = [];
    const commands = [encodeCommand(['MGET'], this.#keyHead, tokenHashes)];
    const onMget = (values: Values) => {
      entries = values;
    };
    this.#expect({ onReply: onMget });
    const stampKeys = this.stamps.takeUnread();
    if (stampKeys.length > 0) {
      const { keyPrefix } = this.#generation as Generation;
      commands.push(CACHING, encodeCommand(['MGET', ...stampKeys.map((key) => Buffer.concat([keyPrefix, key]))]));
      this.#expect(IGNORE);
      // Without waiting for the guard, because Redis pushes later changes.
      this.#expect({ onReply: (values) => this.stamps.setAll(stampKeys, values) });
    }
    commands.push(this.#guard as Buffer);
    this.#expect({ onReply: () => onEntries(entries) });
    this.#socket?.write(Buffer.concat(commands));
  }

  /**
   * Sets each entry that does not exist to `claim`, an encoded lease; `handler` handles every reply. Plain commands, because they
   * are cheaper than a script, and only FILL has to check the generation. Call only while `generation` is defined.
   */
  lease(tokenHashes: readonly Buffer[], claim: Buffer, ttlMs: number, handler: CommandHandler): void {
    for (let count = tokenHashes.length; count > 0; count--) this.#expect(handler);
    const values = [claim, 'NX', 'PX', String(ttlMs)];
    this.#socket?.write(encodeForEach(['SET'], this.#keyHead as Buffer, tokenHashes, values));
  }

  /** Runs FILL on the entries of these tokens. Call only while `generation` is defined. */
  fill(tokenHashes: readonly Buffer[], values: readonly (string | Buffer)[], handler: CommandHandler): void {
    this.#expect(handler);
    this.#socket?.write(this.#call(FILL, tokenHashes, values));
  }

  /** Closes the connection at once; commands in flight fail. */
  close(reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#socket?.destroy();
    for (const { handler } of this.#pending.splice(0)) handler.onError?.();
    this.#options.onClosed(reason);
  }

  onReply(values: Values): void {
    const command = this.#pending.shift();
    if (command === undefined) this.close('unexpected reply from Redis');
    else command.handler.onReply(values);
  }

  onError(message: string): void {
    const handler = this.#pending[0]?.handler;
    if (handler?.onError === undefined || NEEDS_NEW_CONNECTION.test(message)) {
      this.close(`error reply from Redis: ${message}`);
    } else {
      this.#pending.shift();
      handler.onError();
    }
  }

  /** `invalidate` and the keys that have changed; null in place of the keys means all of them (FLUSHALL). */
  onPush([, ...keys]: Values): void {
    for (const key of keys) {
      if (key === undefined) this.stamps.clear();
      else this.stamps.delete(key.subarray(-STAMP_KEY_BYTES));
    }
  }

  #start(socket: Socket): void {
    socket.on('error', (error) => this.close(`the connection to Redis failed: ${messageOf(error)}`));
    if (this.#isClosed) return void socket.destroy();
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('close', () => this.close('the connection to Redis was lost'));
    this.#handshake(socket);
    this.#checkTimeout();
  }

  /** Sends everything that must precede the first read. */
  #handshake(socket: Socket): void {
    const { keyPrefix, servers } = this.#options;
    const loads = [...DIGESTS.keys()].map((script) => ['SCRIPT', 'LOAD', script]);
    for (const args of [...handshakeCommands(servers.target), ['CLIENT', 'TRACKING', 'ON', 'OPTIN'], ...loads]) {
      this.#expect(IGNORE);
      socket.write(encodeCommand(args));
    }
    this.#expect({ onReply: ([record]) => void this.#onGeneration(new Generation(keyPrefix, String(record))) });
    socket.write(encodeCommand(['EVAL', LEARN, '1', recordKey(keyPrefix), newGeneration()]));
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
    const { record } = this.#generation as Generation;
    const args = ['EVALSHA', DIGESTS.get(script) as string, `${1 + tokenHashes.length}`];
    const key = recordKey(this.#options.keyPrefix);
    return encodeCommand([...args, key], this.#keyHead, tokenHashes, [record, ...values]);
  }

  #expect(handler: CommandHandler): void {
    this.#pending.push({ handler, sentAtMs: performance.now() });
  }

  /** Closes the connection if the oldest command has timed out. Runs about once per timeout. */
  #checkTimeout(): void {
    if (this.#isClosed) return;
    const now = performance.now();
    const leftMs = (this.#pending[0]?.sentAtMs ?? now) + this.#options.commandTimeoutMs - now;
    if (leftMs <= 0) this.close('Redis command timed out');
    // setImmediate: after the process was paused, pending input is read before the timeout is checked.
    else this.#timer = setTimeout(() => setImmediate(() => this.#checkTimeout()), leftMs);
  }

  #read(chunk: Buffer): void {
    try {
      this.#replies.read(chunk);
    } catch (error) {
      this.close(`invalid reply from Redis: ${(error as Error).message}`);
    }
  }
}
