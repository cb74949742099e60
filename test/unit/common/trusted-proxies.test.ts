import { describe, expect, test } from 'vitest';
import { TrustedProxies } from '#common/http/trusted-proxies.ts';

const PROXY = '10.0.0.7';

const clientAddress = (trusted: string, headers: Record<string, string>, peer = PROXY) =>
  TrustedProxies.parse(trusted).clientAddress(peer, headers);

describe('ignores the headers of untrusted proxies', () => {
  test.each([
    ['', PROXY],
    ['0', PROXY],
    ['10.0.0.8', PROXY],
    ['10.0.1.0/24, 2001:db8::/32', PROXY],
    ['10.0.0.0/24', '10.0.1.7'],
  ])('trusted: %j, peer: %s', (trusted, peer) => {
    expect(clientAddress(trusted, { 'x-forwarded-for': '192.0.2.1' }, peer)).toBe(peer);
    expect(clientAddress(trusted, { forwarded: 'for=192.0.2.1' }, peer)).toBe(peer);
  });
});

test.each([
  ['10.0.0.7', '192.0.2.1', '192.0.2.1'],
  ['10.0.0.0/8', '192.0.2.1, 10.0.0.9', '192.0.2.1'],
  ['10.0.0.0/8', '6.6.6.6, 192.0.2.1', '192.0.2.1'],
  ['10.0.0.7', '192.0.2.1, 10.0.0.9', '10.0.0.9'],
  ['1', '6.6.6.6, 192.0.2.1', '192.0.2.1'],
  ['2', '192.0.2.1, 203.0.113.5', '192.0.2.1'],
  ['2', '192.0.2.1', '192.0.2.1'],
  ['1', '192.0.2.1:4711', '192.0.2.1'],
  ['1', '[2001:db8::1]:4711', '2001:db8::1'],
  ['1', '::ffff:192.0.2.1', '192.0.2.1'],
  ['1', 'unknown', PROXY],
  ['1', '192.0.2.1, <script>', PROXY],
  ['1', '', PROXY],
])('trusted: %s, X-Forwarded-For: %s, client: %s', (trusted, header, expected) => {
  expect(clientAddress(trusted, { 'x-forwarded-for': header })).toBe(expected);
});

test.each([
  ['for=192.0.2.1;proto=https;by=10.0.0.7', '192.0.2.1'],
  ['for=6.6.6.6, For="[2001:db8::1]:4711"', '2001:db8::1'],
  ['proto=https; for="192.0.2.1:80"', '192.0.2.1'],
  ['for=6.6.6.6;by="x, for=192.0.2.9"', '6.6.6.6'],
  ['for="6.6.6.6, for=192.0.2.1', '192.0.2.1'],
  ['for=6.6.6.6, proto=https', PROXY],
  ['for=_hidden', PROXY],
  ['xfor=6.6.6.6', PROXY],
])('Forwarded: %s, client: %s', (header, expected) => {
  expect(clientAddress('1', { forwarded: header })).toBe(expected);
});

test('ignores two headers that disagree, because the proxies write only one of them', () => {
  const both = (forwarded: string) => clientAddress('1', { forwarded, 'x-forwarded-for': '192.0.2.1' });
  expect(both('for=192.0.2.1')).toBe('192.0.2.1');
  expect(both('for=6.6.6.6')).toBe(PROXY);
});

test.each([
  ['for="6.6.6.6, for=192.0.2.1', '192.0.2.1'],
  ['for="6.6.6.6, for="[2001:db8::1]"', '2001:db8::1'],
  ['for="6.6.6.6\\", for="[2001:db8::1]";proto=https', '2001:db8::1'],
])('what a client has sent does not change how the element of a proxy is read: %s', (forwarded, address) => {
  expect(clientAddress('1', { forwarded })).toBe(address);
});

/** This takes minutes if the parser backtracks for each quote. */
test('parses a Forwarded header full of quotes in linear time', () => {
  expect(clientAddress('', { forwarded: '"a\\'.repeat(100_000) })).toBe(PROXY);
});

test('the IPv4 address of a peer on an IPv6 socket is recognized', () => {
  expect(clientAddress('10.0.0.7', { 'x-forwarded-for': '192.0.2.1' }, '::ffff:10.0.0.7')).toBe('192.0.2.1');
  expect(clientAddress('', {}, '::ffff:10.0.0.7')).toBe('10.0.0.7');
});

test.each([
  'localhost',
  '10.0.0.0/33',
  '10.0.0.0/',
  '10.0.0.0/8/8',
  '10.0.0',
  '-1',
  'true',
  '1,x',
])('rejects the configuration %s', (text) => {
  expect(() => TrustedProxies.parse(text)).toThrow('must be the number of proxies');
});
