import { expect, it } from 'vitest';
import { releases } from '../../../releases/index.ts';
import { standInCharts, standInsFor } from '../../../sandbox/charts/index.ts';

const pins = Object.values(releases).flatMap(({ charts }) => Object.values(charts));
const named = ({ chart, version }: { chart: string; version: string }) => `${chart} ${version}`;

it('a stand-in was written for every chart that a release pins', () => {
  const written = new Set(standInCharts.map(named));
  expect(pins.map(named).filter((name) => !written.has(name))).toEqual([]);
  expect(standInsFor(pins)).toEqual(standInCharts);
});

it('a version that none was written for gets the newest of its chart', () => {
  const [fluentd, ...others] = standInsFor([
    { chart: 'fluentd', version: '0.4.0' },
    { chart: 'fluentd', version: '0.4.0' },
    { chart: 'unheard-of', version: '1.0.0' },
  ]).slice(standInCharts.length);
  expect(fluentd).toMatchObject({ chart: 'fluentd', version: '0.4.0', asOf: '0.3.7' });
  expect(others).toEqual([]);
});
