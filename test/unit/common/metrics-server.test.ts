import { expect, test } from 'vitest';
import { MetricsServer } from '#common/process/metrics-server.ts';
import { HalfRequests } from '../../support/half-requests.ts';
import { scrape } from '../../support/scrape.ts';

test('incomplete requests at the metrics port are bounded and block neither scrapes nor close()', async () => {
  const server = new MetricsServer([{ name: 'some_gauge', help: 'some', read: () => 7 }]);
  const url = `http://127.0.0.1:${await server.listen('127.0.0.1', 0)}`;
  const half = new HalfRequests(url);
  for (let opened = 0; opened < 150; opened++) await half.open('GET /metrics HTTP/1.1\r\nhost: x\r\nx-a: ');
  await expect.poll(() => half.countOpen()).toBeLessThanOrEqual(100);
  expect(await (await fetch(`${url}/metrics`)).text()).toContain('some_gauge 7');
  await server.close();
  await expect.poll(() => half.countOpen()).toBe(0);
  half.destroy();
});

test('a metric that cannot be read has no samples, and the others are served', async () => {
  const server = new MetricsServer([
    { name: 'broken_gauge', help: 'some', read: () => Promise.reject(new Error('no database')) },
    { name: 'some_gauge', help: 'some', read: () => 7 },
    {
      name: 'some_seconds',
      help: 'some',
      histogram: () => [{ labels: { kind: 'a' }, cells: [1, ...Array(15).fill(0)] }],
    },
  ]);
  const { metrics } = await server.start('127.0.0.1', 0);
  const scraped = await scrape(metrics as string);
  expect(scraped.get('broken_gauge')?.samples).toEqual([]);
  expect(scraped.get('some_gauge')?.samples).toEqual([{ name: 'some_gauge', labels: {}, value: 7 }]);
  expect(scraped.get('some_seconds')?.samples[0]).toEqual({
    name: 'some_seconds_bucket',
    labels: { kind: 'a', le: '0.0005' },
    value: 1,
  });
  await server.close();
});
