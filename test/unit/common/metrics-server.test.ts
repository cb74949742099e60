import { expect, test } from 'vitest';
import { MetricsServer } from '#common/process/metrics-server.ts';
import { HalfRequests } from '../../support/half-requests.ts';

test('half requests at the metrics port are bounded, keep nobody from scraping and do not keep it from ending', async () => {
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
