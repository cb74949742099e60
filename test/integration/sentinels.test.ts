/** Which server is the primary, according to real Sentinels. */
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { freePort } from '../../scripts/dependencies/ports.ts';
import { RedisServers } from '../../services/common/redis/redis-servers.ts';
import { parseRedisUrl, type SentinelSettings } from '../../services/common/redis/redis-url.ts';
import { findServers } from '../../services/common/redis/sentinels.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { RedisNode } from '../support/redis-node.ts';
import { PRIMARY_NAME, startSentinel } from '../support/sentinel-node.ts';

const IS_TLS = false;
const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** Starts a Sentinel that knows no other Sentinel, with a configuration of this epoch. Returns its port. */
async function sentinelOf(primaryPort: number, epoch: number, ...settings: string[]): Promise<number> {
  const node = await startSentinel([
    `sentinel monitor ${PRIMARY_NAME} 127.0.0.1 ${primaryPort} 1`,
    `sentinel config-epoch ${PRIMARY_NAME} ${epoch}`,
    ...settings,
  ]);
  stops.push(() => node.stop());
  return node.port;
}

const settingsOf = (ports: readonly number[], name = PRIMARY_NAME, query = '') =>
  parseRedisUrl(`redis+sentinel://${ports.map((port) => `127.0.0.1:${port}`).join(',')}/${name}${query}`)
    .server as SentinelSettings;

test('the newest configuration is used, and Sentinels that do not respond are ignored', async () => {
  const [before, after, none] = [await freePort(), await freePort(), await freePort()];
  const replica = `sentinel known-replica ${PRIMARY_NAME} 127.0.0.1 ${before}`;
  const ports = [await sentinelOf(before, 3), none, await sentinelOf(after, 4, replica), await sentinelOf(before, 3)];
  expect(await findServers(settingsOf(ports), IS_TLS)).toMatchObject({
    primary: { host: '127.0.0.1', port: after },
    others: [{ host: '127.0.0.1', port: before }],
  });
});

test('an error says why no Sentinel knows the primary', async () => {
  const port = await sentinelOf(await freePort(), 1, 'requirepass secret');
  const none = await freePort();
  const find = (settings: SentinelSettings) => findServers(settings, IS_TLS);
  await expect(find(settingsOf([none]))).rejects.toThrow(`no Sentinel knows the primary main: connect ECONNREFUSED`);
  await expect(find(settingsOf([port, none]))).rejects.toThrow(/NOAUTH.*; connect ECONNREFUSED/);
  const query = '?sentinel_password=secret';
  await expect(find(settingsOf([port], 'other', query))).rejects.toThrow('the primary other: ERR No such master');
  expect((await find(settingsOf([port], PRIMARY_NAME, query))).others).toEqual([]);
});

test('a connection to a primary that Sentinels have replaced is closed', async () => {
  const [before, after] = [await RedisNode.start(), await freePort()];
  stops.push(() => before.stop());
  const later = await FaultProxy.start(await sentinelOf(after, 4));
  stops.push(() => later.stop());
  later.refuse();
  const url = `redis+sentinel://127.0.0.1:${await sentinelOf(before.port, 3)},${later.address}/${PRIMARY_NAME}`;
  const socket = await new RedisServers({ url, keyPrefix: '' }).connect();
  stops.push(async () => void socket.destroy());
  const failed = once(socket, 'error');
  await once(socket, 'connect');
  later.heal();
  const [{ message }] = (await failed) as [Error];
  expect(message).toBe(`Sentinels have replaced the primary 127.0.0.1:${before.port}`);
});

test('a Sentinel may take longer to respond than a Redis command, for example because of a TLS handshake', async () => {
  const primary = await freePort();
  const slow = await FaultProxy.start(await sentinelOf(primary, 1));
  stops.push(() => slow.stop());
  slow.delay(100);
  expect(await findServers(settingsOf([slow.port]), IS_TLS)).toMatchObject({ primary: { port: primary } });
});

test('a Sentinel that is too slow in all is ignored, even if each of its steps stays within the timeout', async () => {
  const [before, after] = [await freePort(), await freePort()];
  const slow = await FaultProxy.start(await sentinelOf(after, 4));
  stops.push(() => slow.stop());
  slow.delay(220);
  const settings = settingsOf([slow.port, await sentinelOf(before, 3)], PRIMARY_NAME, '?sentinel_password=any');
  expect(await findServers(settings, IS_TLS)).toMatchObject({ primary: { port: before } });
});
