import { parseArgs } from 'node:util';

export const HELP = `npm run audit-export -- [options]

Writes audit events as JSON lines in the order of their ids: from the oldest, or after the last one in the file.

  --output FILE    appends to FILE, and continues after its last event; an incomplete last line is removed.
                   Default: standard output
  --after ID       without --output: only events with larger ids
  --auth-server URL
                   gRPC port of auth-server, http: or https:. Default: the stack of npm start
  --help           this text

With --auth-server, set OPERATOR_TOKEN to the token of an operator. If Node does not trust the CA of auth-server, set
NODE_EXTRA_CA_CERTS to the file of its certificate. Progress goes to standard error. Exit code: 1 on an error, otherwise 0,
also if an open transaction delays the last events, which is reported on standard error. Run it again to continue.
`;

export interface Options {
  readonly output: string | undefined;
  readonly after: bigint;
  /** Undefined: the running stack. */
  readonly authServer: string | undefined;
}

/** Undefined for --help. Throws for invalid options. */
export function parseOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      output: { type: 'string' },
      after: { type: 'string' },
      'auth-server': { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return undefined;
  const { output, after, 'auth-server': authServer } = values;
  if (after !== undefined && output !== undefined) throw new Error('--after cannot be used with --output');
  if (after !== undefined && !/^\d{1,18}$/.test(after)) throw new Error('--after takes the id of an event');
  if (authServer !== undefined && !/^https?:$/.test(URL.parse(authServer)?.protocol ?? ''))
    throw new Error('--auth-server takes a URL that begins with http: or https:');
  return { output, after: BigInt(after ?? 0), authServer };
}
