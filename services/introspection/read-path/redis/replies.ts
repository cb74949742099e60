/** Takes the reply to one command, as far as it matters. Must not throw. */
export interface Reply {
  /** Redis may refuse this command (it is full, say) without the connection being of no use. */
  readonly mayBeRefused?: true;
  bulk?(bytes: Buffer, start: number, end: number): void;
  nil?(): void;
  /** A simple string or a number. */
  line?(text: string): void;
  /** The reply has been given whole; nothing of it, if it was refused. */
  end?(): void;
  /** UNAVAILABLE: the connection has ended before. */
  fail?(error: unknown): void;
}

/** Of a command that is sent for its effect. */
export const NOTHING_EXPECTED: Reply = {};
