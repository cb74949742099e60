import { describe, expect, test } from 'vitest';
import { isPublicAddress } from '../../../services/auth-server/domain/webhook/public-address.ts';
import { webhookUrlProblem } from '../../../services/auth-server/domain/webhook/webhook-url.ts';

const PRODUCTION = { allowLoopback: false };
const DEVELOPMENT = { allowLoopback: true };

describe('isPublicAddress', () => {
  test.each([
    '1.1.1.1',
    '93.184.215.14',
    '172.15.255.255',
    '172.32.0.0',
    '100.128.0.0',
    '2606:4700::1111',
    '2a00::1',
  ])('%s is public', (address) => expect(isPublicAddress(address)).toBe(true));

  test.each([
    ['this network', '0.0.0.0'],
    ['private', '10.0.0.1'],
    ['carrier-grade NAT', '100.64.0.1'],
    ['loopback', '127.0.0.1'],
    ['loopback', '127.255.255.254'],
    ['link-local', '169.254.0.1'],
    ['cloud metadata', '169.254.169.254'],
    ['private', '172.16.0.1'],
    ['private', '172.31.255.255'],
    ['private', '192.168.1.1'],
    ['protocol assignments', '192.0.0.8'],
    ['documentation', '203.0.113.1'],
    ['benchmarks', '198.19.0.1'],
    ['multicast', '224.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['unspecified', '::'],
    ['loopback', '::1'],
    ['IPv4-mapped', '::ffff:127.0.0.1'],
    ['IPv4-mapped', '::ffff:7f00:1'],
    ['IPv4-mapped, of a public address', '::ffff:1.1.1.1'],
    ['IPv4-compatible', '::127.0.0.1'],
    ['NAT64', '64:ff9b::a00:1'],
    ['NAT64 with a local prefix', '64:ff9b:1::a00:1'],
    ['unique local', 'fd00:ec2::254'],
    ['link-local', 'fe80::1'],
    ['link-local with a zone', 'fe80::1%eth0'],
    ['global with a zone', '2606:4700::1111%eth0'],
    ['site-local', 'fec0::1'],
    ['multicast', 'ff02::1'],
    ['6to4', '2002:7f00:1::'],
    ['Teredo', '2001::1'],
    ['documentation', '2001:db8::1'],
    ['documentation', '3fff::1'],
    ['discard', '100::1'],
    ['no address', 'localhost'],
    ['no address', ''],
  ])('%s: %s is not public', (_what, address) => expect(isPublicAddress(address)).toBe(false));
});

describe('webhookUrlProblem', () => {
  test.each([
    'https://app.example/hooks',
    'https://app.example:8443/',
    'https://1.1.1.1/',
    'https://[2606:4700::1111]/',
  ])('accepts %s', (url) => expect(webhookUrlProblem(url, PRODUCTION)).toBeUndefined());

  test.each([
    'http://localhost:4000/',
    'http://127.0.0.1/',
    'https://[::1]:4000/hooks',
    'https://localhost/',
  ])('accepts %s only in development', (url) => {
    expect(webhookUrlProblem(url, DEVELOPMENT)).toBeUndefined();
    expect(webhookUrlProblem(url, PRODUCTION)).toEqual(expect.any(String));
  });
});
