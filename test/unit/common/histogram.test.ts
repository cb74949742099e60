import { expect, test } from 'vitest';
import { BUCKETS_MS, Histograms, samplesOf, sumOfSeries } from '../../../services/common/observe/histogram.ts';

const countUpTo = (samples: ReturnType<typeof samplesOf>, le: string | number) =>
  samples.find(({ labels }) => labels['le'] === le)?.value;

test('a duration is counted in its bucket and all larger ones', () => {
  const histograms = new Histograms<'kind'>();
  for (const durationMs of [0.1, 0.5, 0.6, 20, 20_000]) histograms.of({ kind: 'a' }).observe(durationMs);
  const [series] = histograms.series;
  const samples = samplesOf('x_seconds', series as NonNullable<typeof series>);
  expect([0.0005, 0.001, 0.01, 0.025, 10, '+Inf'].map((le) => countUpTo(samples, le))).toEqual([2, 3, 3, 4, 4, 5]);
  const [sum, count] = samples.slice(-2);
  expect(sum).toMatchObject({ metricName: 'x_seconds_sum', labels: { kind: 'a' } });
  expect(sum?.value).toBeCloseTo(20.0212);
  expect(count).toEqual({ metricName: 'x_seconds_count', labels: { kind: 'a' }, value: 5 });
});

test('an observation equal to a bound is counted in the bucket of that bound, and in no other', () => {
  const histograms = new Histograms<'kind'>();
  const histogram = histograms.of({ kind: 'a' });
  for (const bound of BUCKETS_MS) histogram.observe(bound);
  expect([...histogram.cells.subarray(0, BUCKETS_MS.length + 1)]).toEqual([...BUCKETS_MS.map(() => 1), 0]);
});

test('the series of several processes are summed by their labels', () => {
  const [one, other] = [new Histograms<'kind'>(), new Histograms<'kind'>()];
  one.of({ kind: 'a' }).observe(1);
  other.of({ kind: 'a' }).observe(1);
  other.of({ kind: 'b' }).observe(3);
  const counts = sumOfSeries([one.series, other.series]).map((series) => [
    series.labels['kind'],
    samplesOf('x', series).at(-1)?.value,
  ]);
  expect(counts).toEqual([
    ['a', 2],
    ['b', 1],
  ]);
});
