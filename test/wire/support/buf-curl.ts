import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import {
  create,
  type DescMethodUnary,
  fromBinary,
  fromJsonString,
  type MessageInitShape,
  toJsonString,
} from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import { codeFromString } from '@connectrpc/connect/protocol-connect';
import { ErrorDetailSchema } from '../../../gen/featureos/oauth/v1/error_reason_pb.ts';
import { type CallOptions, type RpcClient, RpcFailure } from './rpc-client.ts';

const BUF = fileURLToPath(new URL('../../../node_modules/.bin/buf', import.meta.url));
/** Far more than a call takes. Ends a child that hangs. */
const TIMEOUT_MS = 15_000;

export interface Finished {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** One run of `buf curl` without a schema: it uses reflection. */
export function bufCurl(...args: string[]): Promise<Finished> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [BUF, 'curl', ...args], { timeout: TIMEOUT_MS }, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number') reject(error);
      else resolve({ exitCode: Number(error?.code ?? 0), stdout, stderr });
    });
  });
}

/** A gRPC client that runs `buf curl` for each call. Its reflection requests have a separate credential. Ignores `timeoutMs`. */
export function bufCurlClient(address: string, reflectionBearer: string): RpcClient {
  return {
    async call<Method extends DescMethodUnary>(
      method: Method,
      request: MessageInitShape<Method['input']>,
      { bearer, headers = {} }: CallOptions = {},
    ) {
      const sent = bearer === undefined ? headers : { ...headers, authorization: `Bearer ${bearer}` };
      const finished = await bufCurl(
        ...['--http2-prior-knowledge', '--protocol', 'grpc'],
        ...['--reflect-header', `authorization: Bearer ${reflectionBearer}`],
        ...Object.entries(sent).flatMap(([name, value]) => ['--header', `${name}: ${value}`]),
        ...['--data', toJsonString(method.input, create(method.input, request))],
        `http://${address}/${method.parent.typeName}/${method.name}`,
      );
      if (finished.exitCode !== 0) throw toFailure(finished);
      return { message: fromJsonString(method.output, finished.stdout) as never, headers: new Headers() };
    },
    close: () => {},
  };
}

interface PrintedError {
  readonly code: string;
  readonly message?: string;
  readonly details?: readonly { type: string; value: string }[];
}

/** `buf curl` prints the error as JSON, and exits with the code of the RPC shifted left by three. */
function toFailure({ exitCode, stderr }: Finished): Error {
  if (exitCode < 8) return new Error(`buf curl exited with ${exitCode}: ${stderr}`);
  const { code, message = '', details = [] }: PrintedError = JSON.parse(stderr);
  const bytes = details.find(({ type }) => type === ErrorDetailSchema.typeName)?.value;
  const detail = bytes === undefined ? undefined : fromBinary(ErrorDetailSchema, Buffer.from(bytes, 'base64'));
  const number = codeFromString(code) ?? Code.Unknown;
  if (number !== exitCode >> 3) return new Error(`buf curl exited with ${exitCode} and printed ${code}`);
  return new RpcFailure(number, message, detail);
}
