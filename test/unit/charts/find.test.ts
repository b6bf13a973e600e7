import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chartCrds, openCharts } from '../../../charts/index.ts';
import { releases } from '../../../releases/index.ts';
import { standInCharts, writeStandInCharts } from '../../../sandbox/charts/index.ts';
import { chartRoom, writeArchive, writeChart } from './fixture.ts';

const room = chartRoom();
const istiod = (version = '1.13.3') => ({ chart: 'istiod', version });
const template = (chart: string) => readFileSync(join(chart, 'templates/object.yaml'), 'utf8');

describe('in a directory, a chart is found', () => {
  const find = (version?: string) => room.charts([room.given]).find(istiod(version));

  it.each([
    'istiod-1.13.3',
    'istiod-v1.13.3',
    'istiod',
    '1.13.3/istiod',
    'istiod/1.13.3',
    'istio/1.13.3/istio-control/discovery',
    'whatever',
  ])('as %s/', (folder) => {
    const chart = writeChart(join(room.given, folder), 'istiod', '1.13.3');
    expect(find()).toBe(chart);
  });

  it.each(['istiod-1.13.3.tgz', 'istiod-v1.13.3.tgz', 'istiod.tgz', 'istiod-1.13.3.tar.gz', 'istio/istiod-1.13.3.tgz'])(
    'packed, as %s',
    (file) => {
      mkdirSync(join(room.given, 'istio'));
      writeArchive(join(room.given, file), 'istiod', '1.13.3', { content: 'packed' });
      expect(template(find())).toBe('packed');
    },
  );

  it('that is the chart itself', () => {
    const chart = writeChart(join(room.given, 'x'), 'istiod', '1.13.3');
    expect(room.charts([chart]).find(istiod())).toBe(chart);
  });

  it('at each of several versions', () => {
    writeChart(join(room.given, '1.21/istiod'), 'istiod', '1.11.5');
    writeChart(join(room.given, '1.22/istiod'), 'istiod', '1.13.3');
    writeArchive(join(room.given, 'istiod-1.14.0.tgz'), 'istiod', '1.14.0');
    expect(find('1.11.5')).toBe(join(room.given, '1.21/istiod'));
    expect(find('1.13.3')).toBe(join(room.given, '1.22/istiod'));
    expect(find('1.14.0')).toContain('istiod');
  });

  it('written with a leading v or without', () => {
    writeChart(join(room.given, 'cert-manager'), 'cert-manager', 'v1.8.0');
    const pin = { chart: 'cert-manager', version: '1.8.0' };
    expect(room.charts([room.given]).find(pin)).toBe(join(room.given, 'cert-manager'));
  });

  it('of its own name only, and not inside another chart', () => {
    writeChart(join(room.given, 'umbrella'), 'umbrella', '1.0.0');
    writeChart(join(room.given, 'umbrella/charts/istiod'), 'istiod', '1.13.3');
    expect(() => find()).toThrow('Helm chart istiod 1.13.3 is nowhere to be found.');
  });

  it('also when it was put there a moment ago', () => {
    const charts = room.charts([room.given]);
    expect(() => charts.find(istiod())).toThrow();
    writeChart(join(room.given, 'istiod'), 'istiod', '1.13.3');
    expect(charts.find(istiod())).toBe(join(room.given, 'istiod'));
  });
});

describe('another version is refused', () => {
  it('in a directory named for the pinned one', () => {
    writeChart(join(room.given, 'istiod-1.13.3'), 'istiod', '1.13.4');
    expect(() => room.charts([room.given]).find(istiod())).toThrow(
      expect.objectContaining({
        message: 'Helm chart istiod must be 1.13.3, but this directory holds 1.13.4.',
        where: join(room.given, 'istiod-1.13.3'),
      }),
    );
  });

  it('in an archive named for the pinned one', () => {
    writeArchive(join(room.given, 'istiod-1.13.3.tgz'), 'istiod', '1.13.4');
    expect(() => room.charts([room.given]).find(istiod())).toThrow('but this archive holds 1.13.4');
  });

  it('with what was found instead', () => {
    writeChart(join(room.given, 'istiod'), 'istiod', '1.12.0');
    writeArchive(join(room.given, 'istiod-1.12.1.tgz'), 'istiod', '1.12.1');
    expect(() => room.charts([room.given]).find(istiod())).toThrow(
      expect.objectContaining({
        message: 'Helm chart istiod 1.13.3 is nowhere to be found.',
        where: `${room.given}:${room.cache} (${join(room.given, 'istiod')} is 1.12.0, ${join(room.given, 'istiod-1.12.1.tgz')} is 1.12.1)`,
      }),
    );
  });

  it('as is a file that is no archive of a chart', () => {
    writeFileSync(join(room.given, 'istiod-1.13.3.tgz'), 'nothing packed');
    expect(() => room.charts([room.given]).find(istiod())).toThrow('This is no archive of a Helm chart');
  });
});

describe('of several places', () => {
  it('directories that were given come first, in their order, then the cache, then stand-ins', () => {
    const standIn = writeChart(join(room.given, 'stand-ins/istiod'), 'istiod', '1.13.3', { standIn: true });
    const charts = room.charts([join(room.given, 'stand-ins')]);
    expect(charts.search(istiod()).found).toMatchObject({ origin: 'stand-in', path: standIn });

    const cached = writeChart(join(room.cache, 'istiod-1.13.3'), 'istiod', '1.13.3');
    charts.forgetDirectories();
    expect(charts.search(istiod()).found).toMatchObject({ origin: 'cache', path: cached });
    const given = writeChart(join(room.given, 'charts/istiod'), 'istiod', '1.13.3');
    const more = charts.with([join(room.given, 'charts')]);
    expect(more.directories).toEqual([join(room.given, 'charts'), join(room.given, 'stand-ins')]);
    expect(more.search(istiod()).found).toMatchObject({ origin: 'directory', path: given });
  });

  it('those of the command line come before those of KUBEZERO_CHARTS', () => {
    const [line, variable] = [join(room.given, 'line'), join(room.given, 'variable')];
    for (const directory of [line, variable]) mkdirSync(directory);
    const env = { ...room.env, KUBEZERO_CHARTS: [variable, line].join(delimiter) };
    expect(openCharts({ given: [line], env }).directories).toEqual([line, variable]);
  });

  it('a chart of the cache wins over a stand-in in a directory that was given', () => {
    writeChart(join(room.given, 'istiod'), 'istiod', '1.13.3', { standIn: true });
    const cached = writeChart(join(room.cache, 'istiod-1.13.3'), 'istiod', '1.13.3');
    expect(room.charts([room.given]).search(istiod()).found).toMatchObject({ origin: 'cache', path: cached });
  });

  it('a directory that isn’t there is an error, not left out', () => {
    const env = { ...room.env, KUBEZERO_CHARTS: join(room.given, 'missing') };
    expect(() => openCharts({ env })).toThrow('A directory of charts that was given is not there.');
    expect(() => room.charts([join(room.given, 'missing')]).find(istiod())).toThrow(
      'A directory of charts that was given is not there.',
    );
  });

  it('archives of the same name and version are kept apart by what is in them', () => {
    mkdirSync(join(room.given, 'a'));
    mkdirSync(join(room.given, 'b'));
    writeArchive(join(room.given, 'a/istiod-1.13.3.tgz'), 'istiod', '1.13.3', { content: 'of a' });
    writeArchive(join(room.given, 'b/istiod-1.13.3.tgz'), 'istiod', '1.13.3', { content: 'of b' });
    const contents = ['a', 'b'].map((name) => template(room.charts([join(room.given, name)]).find(istiod())));
    expect(contents).toEqual(['of a', 'of b']);
  });
});

it('CRDs are those of the chart and of the charts inside it, packed or not', () => {
  const crd = (name: string) =>
    `apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: ${name}}\n`;
  const chart = writeChart(join(room.given, 'istiod'), 'istiod', '1.13.3');
  const inner = writeChart(join(chart, 'charts/inner'), 'inner', '1.0.0');
  for (const [directory, name] of [
    [chart, 'outer'],
    [inner, 'inner'],
  ] as const) {
    mkdirSync(join(directory, 'crds'));
    writeFileSync(join(directory, 'crds/crd.yaml'), crd(name));
  }
  writeArchive(join(chart, 'charts/packed-1.0.0.tgz'), 'packed', '1.0.0');
  expect(chartCrds(room.charts([room.given]), istiod()).map(({ metadata }) => metadata.name)).toEqual([
    'outer',
    'inner',
  ]);
});

it('every pinned chart has a stand-in, marked as such', async () => {
  await writeStandInCharts(room.given, { size: 'small' });
  const store = room.charts([room.given]);
  for (const { charts } of Object.values(releases)) {
    for (const pin of Object.values(charts)) expect(store.search(pin).found).toMatchObject({ origin: 'stand-in' });
  }
  expect(standInCharts.length).toBe(new Set(standInCharts.map(({ chart: name, version }) => name + version)).size);
});
