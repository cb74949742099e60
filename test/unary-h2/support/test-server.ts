import {
  type Call,
  createUnaryServer,
  type Limits,
  type UnaryMethod,
  type UnaryServer,
} from '../../../services/common/unary-h2/unary-server.ts';
import { message, PATH, requestFields } from './frames.ts';

/** The handler of this method adds calls to `held` and does not respond. */
export const HOLD_PATH = '/test.Service/Hold';
/** The header section of a request for HOLD_PATH. */
export const HOLD_FIELDS = requestFields([], HOLD_PATH);
export const FAIL_PATH = '/test.Service/Fail';
export const THROW_PATH = '/test.Service/Throw';

/** A call without a response, with a copy of its message. */
interface HeldCall {
  readonly call: Call;
  readonly content: Buffer;
}

export interface TestServer {
  readonly server: UnaryServer;
  /** Calls to HOLD_PATH. */
  readonly held: HeldCall[];
  /** What `onError` was called with. */
  readonly errors: unknown[];
  /** The `authorization` of each call to PATH, which echoes its message. */
  readonly authorizations: (string | undefined)[];
}

export const DETAILS = Buffer.from([1, 2, 3, 250]);
const FAILURE = {
  code: 7,
  message: 'nö: 100 %\n',
  details: DETAILS,
  fields: [['x-request-id', 'request-1']],
} as const;

/** A server with methods for tests. */
export function testServer(limits: Partial<Limits> = {}): TestServer {
  const held: HeldCall[] = [];
  const errors: unknown[] = [];
  const authorizations: (string | undefined)[] = [];
  const methods = new Map<string, UnaryMethod>([
    [
      PATH,
      {
        handle(call, bytes, start, end) {
          authorizations.push(call.authorization);
          if (call.authorization !== undefined) call.authenticated();
          call.respond(Buffer.from(bytes.subarray(start, end)));
        },
      },
    ],
    [
      HOLD_PATH,
      { handle: (call, bytes, start, end) => held.push({ call, content: Buffer.from(bytes.subarray(start, end)) }) },
    ],
    [FAIL_PATH, { handle: (call) => call.fail(FAILURE) }],
    [
      THROW_PATH,
      {
        handle() {
          throw new Error('thrown by a handler');
        },
      },
    ],
  ]);
  const server = createUnaryServer({ methods, limits, onError: (error) => errors.push(error) });
  return { server, held, errors, authorizations };
}

/** The content of a response (its DATA): this message with its gRPC prefix of 5 bytes. */
export const framed = (text: Uint8Array | string): Buffer => message(text);
