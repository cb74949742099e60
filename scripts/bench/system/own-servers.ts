import type { Ask, Expectation } from '../load/job.ts';
import type { Served } from '../measure/served.ts';
import type { BenchSystem } from './bench-system.ts';
import { firstPort, introspectionTarget } from './introspection-target.ts';

/** The stack's first introspection replica, by the HTTP/2 server that is fast. */
export function fastPortOf(system: BenchSystem, ask: Ask = unary(system), expect: Expectation = 'active'): Served {
  return servedAt(system, system.stack.info.introspection.lane, ask, expect);
}

/** The same replica, by its standard port. */
export function standardPortOf(system: BenchSystem): Served {
  return servedAt(system, system.stack.info.introspection.grpc, unary(system), 'active');
}

const unary = ({ tokens }: BenchSystem): Ask => ({ kind: 'unary', tokens: tokens.file });

function servedAt(system: BenchSystem, addresses: string, ask: Ask, expect: Expectation): Served {
  const target = introspectionTarget(firstPort(addresses), system.secrets.tokens.gateway, ask, expect);
  return { target, pids: [system.introspectionPid] };
}
