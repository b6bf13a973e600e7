import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../modules/definition.ts';
import { releases } from '../../../releases/index.ts';
import { type ReleaseId, releaseIds } from '../../../releases/release.ts';
import { repositoryRoot } from '../../../repository/root.ts';
import { openObject } from '../../../sandbox/charts/crds.ts';
import { crdSizes, topFields } from '../../../sandbox/charts/data/crd-sizes.ts';
import { namesOfOneVersion, secretLookingNames } from '../../../sandbox/charts/data/secret-looking-names.ts';
import { standInCharts, writeStandInCharts } from '../../../sandbox/charts/index.ts';
import { atRealSize } from '../../../sandbox/charts/real-size.ts';
import { isSecretName } from '../../../secrets/secret-names.ts';
import { chartRoom } from './fixture.ts';
import { crdsOf, partsOf, schemasOf } from './stand-in-crds.ts';
import { structuralProblems } from './structural.ts';

const room = chartRoom();
const charts = standInCharts.map((chart) => ({ chart, crds: crdsOf(atRealSize(chart)) }));
const crds = charts.flatMap(({ chart: { chart, version }, crds: own }) =>
  [...own].map(([name, crd]) => ({ chart, version, name, crd, json: JSON.stringify(crd) })),
);
const sizeOf = ({ chart, version, name }: (typeof crds)[number]) => crdSizes[chart]![version]![name]!;

/** Stand-ins of a release. */
function crdsAt(id: ReleaseId) {
  const pins = Object.values(releases[id]!.charts).map(({ chart, version }) => `${chart} ${version}`);
  return crds.filter(({ chart, version }) => pins.includes(`${chart} ${version}`));
}
const namesIn = (crd: KubernetesObject) =>
  new Set(schemasOf(crd).flatMap((schema) => partsOf(schema).map(({ path }) => path.at(-1) ?? '')));
const ratio = (json: string) => json.length / gzipSync(json).length;

describe('a stand-in’s definitions', () => {
  it('are those that were measured of upstream’s, each of them', () => {
    for (const { chart, crds: own } of charts)
      expect([...own.keys()].sort()).toEqual(Object.keys(crdSizes[chart.chart]?.[chart.version] ?? {}).sort());
    expect(releaseIds.map((id) => crdsAt(id).length)).toEqual([40, 43]);
  });

  it('have upstream’s size, as modules apply them', () => {
    const off = crds.filter((each) => Math.abs(Buffer.byteLength(each.json) / sizeOf(each)[0] - 1) > 0.01);
    expect(off.map(({ name, version, json }) => `${name} ${version}: ${json.length}`)).toEqual([]);
    const total = (id: ReleaseId) => crdsAt(id).reduce((sum, { json }) => sum + json.length, 0);
    expect(total('1.21')).toBeGreaterThan(2_000_000);
    expect(total('1.22')).toBeGreaterThan(1_700_000);
  });

  it('have as many properties', () => {
    const count = (crd: KubernetesObject) =>
      schemasOf(crd)
        .flatMap((schema) => partsOf(schema))
        .reduce((sum, { schema }) => sum + Object.keys(schema.properties ?? {}).length, 0);
    expect(crds.map((each) => [each.name, count(each.crd)])).toEqual(crds.map((each) => [each.name, sizeOf(each)[1]]));
  });

  it('have the names in them that look like secrets', () => {
    const at = (id: ReleaseId) => {
      const found = crdsAt(id).flatMap(({ name, crd, version }) => {
        const wanted = [...(secretLookingNames[name] ?? []), ...(namesOfOneVersion[name]?.[version] ?? [])];
        const given = namesIn(crd);
        expect([name, wanted.filter((each) => !given.has(each))]).toEqual([name, []]);
        return wanted;
      });
      return new Set(found);
    };
    expect(releaseIds.map((id) => at(id).size)).toEqual([71, 73]);
    expect([...at('1.21')].filter((name) => isSecretName(name)).length).toBeGreaterThan(20);
  });

  it('keep the rules of structural schemas', () => {
    const problems = crds.flatMap(({ name, crd }) =>
      schemasOf(crd).flatMap((schema) => structuralProblems(schema).map((problem) => `${name}: ${problem}`)),
    );
    expect(problems).toEqual([]);
  });

  it('have defaults, but none where the API takes none', () => {
    const withDefaults = (apiVersion: string) =>
      crds
        .filter(({ crd }) => crd.apiVersion === `apiextensions.k8s.io/${apiVersion}`)
        .flatMap(({ crd }) => schemasOf(crd).flatMap((schema) => partsOf(schema)))
        .filter(({ schema }) => 'default' in schema).length;
    expect(withDefaults('v1')).toBeGreaterThan(100);
    expect(withDefaults('v1beta1')).toBe(0);
  });

  it.each(['anyOf', 'enum', 'pattern', 'required', 'minimum', 'x-kubernetes-list-map-keys', 'additionalProperties'])(
    'have %s, as real ones',
    (keyword) => {
      const having = crds.filter(({ json }) => json.includes(`"${keyword}":`));
      expect(having.length).toBeGreaterThan(15);
    },
  );

  it('take every object: spec and status are open, and no API has the names beside them', () => {
    const known = new Set(['apiVersion', 'kind', 'metadata', ...Object.values(topFields).flat()]);
    const own = new Set<string>();
    for (const { required, properties } of crds.flatMap(({ crd }) => schemasOf(crd))) {
      expect(required).toBeUndefined();
      const { spec, status, ...others } = properties ?? {};
      for (const part of properties ? [spec!, status!] : []) {
        const { description: _, ...rest } = part;
        expect(rest).toEqual(openObject);
      }
      for (const name of Object.keys(others)) if (!known.has(name)) own.add(name);
    }
    expect(own.size).toBeGreaterThan(20);
    const directory = join(repositoryRoot, 'test/engine/snapshots');
    const objects = readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.yaml'))
      .map((file) => readFileSync(join(directory, file), 'utf8'))
      .join('');
    expect(objects.length).toBeGreaterThan(100_000);
    expect([...own].filter((name) => new RegExp(`\\b${name}:`).test(objects))).toEqual([]);
  });

  it('compress as real ones: texts recur in them, and are no noise', () => {
    const large = crds.filter(({ json, name }) => json.length > 50_000 && name !== 'applicationsets.argoproj.io');
    const off = large.map(({ name, json }) => [name, ratio(json)] as const).filter(([, each]) => each < 5 || each > 14);
    expect(off).toEqual([]);
    for (const id of releaseIds) {
      const all = ratio(
        crdsAt(id)
          .map(({ json }) => json)
          .join(''),
      );
      expect(all).toBeGreaterThan(7);
      expect(all).toBeLessThan(10);
    }
  });
});

describe('between releases', () => {
  const before = new Map(crdsAt('1.21').map((each) => [each.name, each]));
  const pairs = crdsAt('1.22').flatMap((after) => {
    const found = before.get(after.name);
    return found ? [{ before: found, after }] : [];
  });

  it('definitions are the same where upstream’s have the same size, and others where not', () => {
    for (const pair of pairs) {
      const same = JSON.stringify(sizeOf(pair.before)) === JSON.stringify(sizeOf(pair.after));
      expect([pair.after.name, pair.before.json === pair.after.json]).toEqual([pair.after.name, same]);
    }
    expect(pairs.filter((pair) => pair.before.json !== pair.after.json)).toHaveLength(28);
  });

  it('a definition that grows by little changes in a few places', () => {
    const pair = pairs.find(({ after }) => after.name === 'prometheuses.monitoring.coreos.com')!;
    const [one, other] = [pair.before, pair.after].map(({ crd }) =>
      partsOf(schemasOf(crd)[0]!).map(({ path, schema }) => [path.join('.'), schema.description ?? '']),
    ) as [string[][], string[][]];
    expect(other.map(([path]) => path)).toEqual(one.map(([path]) => path));
    const changed = other.filter(([, text], index) => text !== one[index]![1]);
    expect(changed.length).toBeGreaterThan(0);
    expect(changed.length).toBeLessThan(20);
  });

  it('a definition that gains fields keeps those it had', () => {
    const pair = pairs.find(({ after }) => after.name === 'alertmanagerconfigs.monitoring.coreos.com')!;
    const [one, other] = [pair.before, pair.after].map(
      ({ crd }) => new Set(partsOf(schemasOf(crd)[0]!).map(({ path }) => path.join('.'))),
    ) as [Set<string>, Set<string>];
    expect([...one].filter((path) => !other.has(path))).toEqual([]);
    expect(other.size).toBeGreaterThan(one.size);
  });
});

describe('written into a directory', () => {
  const written = (directory: string) =>
    readdirSync(directory, { recursive: true, encoding: 'utf8', withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((file) => [file.slice(directory.length), readFileSync(file, 'utf8')] as const);

  it('they are the same at every run and on every machine', async () => {
    await writeStandInCharts(join(room.given, 'one'));
    await writeStandInCharts(join(room.given, 'other'));
    const [one, other] = [written(join(room.given, 'one')), written(join(room.given, 'other'))];
    expect(other).toEqual(one);
    const [, text] = one.find(([file]) => file === '/base-1.13.3/crds/crds.yaml')!;
    expect(createHash('sha256').update(text).digest('hex')).toBe(
      '489e3736bfb13b1a9874a1f92422f02279363b25c49095fcfc60f55bb39851f8',
    );
  });

  it('they are small where that is asked for', async () => {
    await writeStandInCharts(room.given, { size: 'small' });
    const definitions = written(room.given).filter(([file]) => file.includes('/crds/'));
    expect(definitions.length).toBeGreaterThan(5);
    for (const [file, text] of definitions) expect([file, text.length < 30_000]).toEqual([file, true]);
  });

  it('one whose size was never measured is an error', () => {
    const chart = standInCharts.find((each) => each.chart === 'argo-cd')!;
    expect(() => atRealSize({ ...chart, version: '9.9.9' })).toThrow(
      'no size of applications.argoproj.io in argo-cd 9.9.9',
    );
  });
});
