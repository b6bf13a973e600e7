import { describe, expect, it } from 'vitest';
import { everythingOn } from '../../../documentation/example-values.ts';
import { exampleFacts } from '../../../documentation/module-objects.ts';
import type { Values } from '../../../modules/definition.ts';
import { modules } from '../../../modules/index.ts';
import { checkValues } from '../../../modules/values.ts';
import { releases } from '../../../releases/index.ts';
import { type ModuleId, releaseIds } from '../../../releases/release.ts';

/** Modules that define kinds which others have objects of. */
const definedBy: Record<string, ModuleId> = {
  'cert-manager.io': 'cert-manager',
  'gemini.fairwinds.com': 'storage',
  'monitoring.coreos.com': 'metrics',
  'networking.istio.io': 'istio',
  'security.istio.io': 'istio',
};

/** Objects that a module renders of kinds that the module which is off defines. */
function orphans(id: ModuleId, off: ModuleId, all: Values, release: (typeof releases)['1.22']): string[] {
  const definition = modules.find((module) => module.id === id)!;
  const { checked } = checkValues(all, release);
  const values = checked.modules[id]!;
  const { objects } = definition.manifest({ release, values, all: checked.all, facts: exampleFacts(release) });
  return objects
    .filter(({ apiVersion }) => definedBy[apiVersion.split('/')[0]!] === off)
    .map(({ kind, metadata }) => `${kind} ${metadata.name}`);
}

describe.each(releaseIds)('modules of %s', (id) => {
  const release = releases[id]!;
  const having = modules.filter((module) => module.releases.includes(id)).map((module) => module.id);

  it('are right together with everything on', () => {
    expect(checkValues(everythingOn(release), release).problems).toEqual([]);
  });

  it.each([...new Set(Object.values(definedBy))])(
    'render nothing of the kinds of %s where it is off, or say that they need it',
    (off) => {
      const all: Values = { ...everythingOn(release), [off]: { enabled: false } };
      const { problems } = checkValues(all, release);
      const saying = new Set(
        problems.filter(({ message }) => message.startsWith(`needs module ${off}`)).map(({ path }) => path[0]),
      );
      const silent = having
        .filter((module) => module !== off && !saying.has(module))
        .flatMap((module) => orphans(module, off, all, release).map((object) => `${module}: ${object}`));
      expect(silent).toEqual([]);
    },
  );
});
