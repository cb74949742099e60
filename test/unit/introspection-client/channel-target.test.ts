import { expect, test } from 'vitest';
import { channelTarget } from '../../../packages/introspection-client/replicated-client/channel-target.ts';

test.each([
  [['10.0.0.1:8082'], 'ipv4:10.0.0.1:8082'],
  [['10.0.0.1:8082', '10.0.0.2:8082'], 'ipv4:10.0.0.1:8082,10.0.0.2:8082'],
  [['[::1]:1', '[2001:db8::2]:2'], 'ipv6:[::1]:1,[2001:db8::2]:2'],
  [['introspection.internal:8082'], 'dns:///introspection.internal:8082'],
])('%j has the target %s', (addresses, target) => {
  expect(channelTarget(addresses)).toBe(target);
});

test.each([
  [[], 'at least one'],
  [['10.0.0.1:1', '[::1]:1'], 'all IPv4, all IPv6, or one DNS name'],
  [['10.0.0.1:1', 'localhost:1'], 'all IPv4, all IPv6, or one DNS name'],
  [['a:1', 'b:1'], 'only one DNS name'],
  [['10.0.0.1'], 'not a replica address'],
  [['10.0.0.1:65536'], 'not a replica address'],
  [['::1:80'], 'not a replica address'],
  [['[10.0.0.1]:80'], 'not a replica address'],
  [['http://10.0.0.1:80'], 'not a replica address'],
  [['unix:/run/evil:80'], 'not a replica address'],
])('%j is rejected', (addresses, message) => {
  expect(() => channelTarget(addresses)).toThrow(message);
});
