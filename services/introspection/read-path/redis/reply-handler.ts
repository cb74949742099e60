/** Handles the reply to one command. Must not throw. */
export interface ReplyHandler {
  /** An error reply (out of memory, for example) does not close the connection. */
  readonly allowsErrors?: true;
  onBulk?(bytes: Buffer, start: number, end: number): void;
  onNil?(): void;
  /** A simple string or a number. */
  onLine?(text: string): void;
  /** The reply is complete. After an error reply no other function was called. */
  onEnd?(): void;
  /** The connection was closed before the reply was complete; `error` is UNAVAILABLE. */
  onFail?(error: unknown): void;
}

export const IGNORE_REPLY: ReplyHandler = {};
