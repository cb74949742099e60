import type { Expectation, Payload } from '../load/job.ts';
import type { MeasuredServer } from '../measure/measured-server.ts';
import type { BenchSystem } from './bench-system.ts';
import { firstPort, introspectionTarget } from './introspection-target.ts';

/** The first introspection replica, measured on its fast port. */
export function fastPortServer(
  system: BenchSystem,
  payload: Payload = unary(system),
  expect: Expectation = 'active',
): MeasuredServer {
  return serverAt(system, system.stack.info.introspection.fast_port, payload, expect);
}

/** The same replica, measured on its standard port. */
export function standardPortServer(system: BenchSystem): MeasuredServer {
  return serverAt(system, system.stack.info.introspection.grpc, unary(system), 'active');
}

/** The same replica, measured on its HTTP port, which proxies call. */
export function httpPortServer({ stack, tokens, introspectionPid }: BenchSystem): MeasuredServer {
  return {
    target: {
      protocol: 'http1',
      port: firstPort(stack.info.introspection.http.replaceAll('http://', '')),
      path: '/authz/forward?scope=posts:read',
      fields: {},
      payload: { kind: 'bearer', tokens: tokens.file },
      expect: 'emptyBody',
    },
    pids: [introspectionPid],
  };
}

const unary = ({ tokens }: BenchSystem): Payload => ({ kind: 'unary', tokens: tokens.file });

function serverAt(system: BenchSystem, addresses: string, payload: Payload, expect: Expectation): MeasuredServer {
  const target = introspectionTarget(firstPort(addresses), system.secrets.tokens.gateway, payload, expect);
  return { target, pids: [system.introspectionPid] };
}
