import { introspect } from './introspect.ts';
import { revokeToDeny } from './revoke-to-deny.ts';
import type { Row } from './row.ts';

/** Everything that can be measured, in the order of the table. */
export const ROWS: readonly Row[] = [
  {
    name: 'introspect',
    about: 'unary Introspect by the lane and by the standard port, beside six other servers; 1 and 10 connections',
    run: introspect,
  },
  {
    name: 'revoke-to-deny',
    about: 'from the start of a revocation to its first denial, with three replicas asked without a pause',
    run: ({ system, settings }) => revokeToDeny(system.stack.info, settings.revocations),
  },
];
