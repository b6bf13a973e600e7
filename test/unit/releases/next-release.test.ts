import { describe, expect, it, vi } from 'vitest';
import { parse, stringify } from 'yaml';
import { parseApplication } from '../../../application/application-file.ts';
import { migrateApplication } from '../../../application/migration/migrate.ts';
import { everythingOn } from '../../../documentation/example-values.ts';
import { exampleFacts } from '../../../documentation/module-objects.ts';
import { documentedKeys } from '../../../documentation/schema-keys.ts';
import { controllerUserData, workerUserData } from '../../../infra/node/user-data.ts';
import { generalValues } from '../../../modules/general.ts';
import { modules } from '../../../modules/index.ts';
import { validateValues } from '../../../modules/values.ts';
import { release } from '../../../releases/index.ts';
import { asOf, releasesWithin, since, within } from '../../../releases/range.ts';
import { nextRelease, previousRelease, releaseIds } from '../../../releases/release.ts';
import { controllerB, demoAt } from '../node-fixture.ts';

/** A release after 1.22 that changes nothing: whatever isn't found at it was tied to 1.22 by name. */
vi.mock('../../../releases/known.ts', async (original) => {
  const { known } = await original<typeof import('../../../releases/known.ts')>();
  return { known: { ...known, '1.23': { ...known['1.22'], id: '1.23', umbrellaVersion: '1.23.11-1' } } };
});

const [v122, v123] = [release('1.22'), release('1.23')];

describe('a release that is added', () => {
  it('is the next of the one before it', () => {
    expect(releaseIds).toEqual(['1.21', '1.22', '1.23']);
    expect(['1.21', '1.22', '1.23'].map(nextRelease)).toEqual(['1.22', '1.23', undefined]);
    expect(['1.21', '1.22', '1.23'].map(previousRelease)).toEqual([undefined, '1.21', '1.22']);
  });

  it('has every module of the one before it', () => {
    const having = (id: string) => modules.filter(({ releases }) => releases.includes(id)).map((module) => module.id);
    expect(having('1.23')).toEqual(having('1.22'));
    expect(having('1.23')).toHaveLength(17);
  });

  it('takes the same values that belong to no module', () => {
    expect(documentedKeys(generalValues, v123)).toEqual(documentedKeys(generalValues, v122));
  });

  it.each(modules.map((module) => [module.id, module] as const))('has %s as it was', (id, definition) => {
    expect(documentedKeys(definition.values, v123)).toEqual(documentedKeys(definition.values, v122));
    const at = (one: typeof v122) => {
      const checked = validateValues(everythingOn(one), one);
      const context = { release: one, values: checked.modules[id]!, all: checked.all, facts: exampleFacts(v122) };
      return JSON.parse(JSON.stringify({ ...definition.manifest(context), crds: definition.crds(context) }));
    };
    expect(at(v123)).toEqual(at(v122));
  });

  it('refuses the same keys', () => {
    const at = (one: typeof v122) =>
      modules.map(({ refused }) => refused.filter((range) => within(one, range)).map(({ key }) => key));
    expect(at(v123)).toEqual(at(v122));
  });

  it('boots the same machines but for their title', () => {
    const at = (id: string) => [
      controllerUserData(demoAt(id), controllerB),
      ...demoAt(id).environment.workers.map((group) => workerUserData(demoAt(id), group)),
    ];
    expect(at('1.23').map((text) => text.replaceAll('KubeZero 1.23', 'KubeZero 1.22'))).toEqual(at('1.22'));
  });
});

describe('application.yaml of the release before', () => {
  const values = stringify(everythingOn(v122));
  const document = stringify({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    spec: { source: { chart: 'kubezero', targetRevision: v122.umbrellaVersion, helm: { values } } },
  });

  it('is migrated by moving its version', () => {
    const { text, changes, warnings } = migrateApplication(document, { to: '1.23' });
    expect(text).toBe(document.replace(v122.umbrellaVersion, v123.umbrellaVersion));
    expect(changes).toEqual([`targetRevision ${v122.umbrellaVersion} is now ${v123.umbrellaVersion}`]);
    expect(warnings).toEqual([]);
    expect(parseApplication(text, 'application.yaml')).toMatchObject({ release: '1.23', values: parse(values) });
  });

  it('isn’t taken past a release', () => {
    const old = document.replace(v122.umbrellaVersion, '1.21.9-4');
    expect(() => migrateApplication(old, { to: '1.23' })).toThrow('from 1.21 to 1.23 skips release 1.22');
  });
});

describe('what differs between releases', () => {
  it('is said by the first release that has it, and the first that no longer does', () => {
    expect(releasesWithin({})).toEqual(['1.21', '1.22', '1.23']);
    expect(releasesWithin({ since: '1.22' })).toEqual(['1.22', '1.23']);
    expect(releasesWithin({ until: '1.23' })).toEqual(['1.21', '1.22']);
    expect(since(v123, '1.22')).toBe(true);
    expect(() => since(v123, '1.99')).toThrow('there is no KubeZero release 1.99');
  });

  it('holds from its first release until another value does', () => {
    const names = { '1.21': 'a', '1.23': 'b' };
    expect(releaseIds.map((id) => asOf({ id }, names))).toEqual(['a', 'a', 'b']);
    expect(() => asOf({ id: '1.21' }, { '1.22': 'b' })).toThrow('nothing is said for KubeZero release 1.21');
  });
});

describe('every release', () => {
  it.each(releaseIds)('%s pins a version of each module it has, and of no other', (id) => {
    const having = modules.filter(({ releases }) => releases.includes(id)).map((module) => module.id);
    expect(Object.keys(release(id).modules).sort()).toEqual(having.sort());
  });
});

describe('where no release is named', () => {
  const at = (revision: string) =>
    stringify({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      spec: { source: { chart: 'kubezero', targetRevision: revision, helm: { values: 'istio:\n  enabled: true\n' } } },
    });
  it('a file is migrated to the next one', () => {
    expect(migrateApplication(at('1.21.9-4'), {}).text).toContain(`targetRevision: ${v122.umbrellaVersion}`);
    expect(migrateApplication(at('1.22.8-8'), {}).text).toContain(`targetRevision: ${v123.umbrellaVersion}`);
    expect(migrateApplication(at('1.23.11-1'), {}).text).toBe(at('1.23.11-1'));
  });
});
