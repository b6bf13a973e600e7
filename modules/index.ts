import type { z } from 'zod';
import { UserError } from '../errors/index.ts';
import { nearest } from '../errors/nearest.ts';
import { releases } from '../releases/index.ts';
import { type ModuleId, moduleIds, type Release, type ReleaseId, releaseIds } from '../releases/release.ts';
import { addons } from './addons/index.ts';
import { argocd } from './argocd/index.ts';
import { certManager } from './cert-manager/index.ts';
import type { ModuleDefinition, Values } from './definition.ts';
import { istio } from './istio/index.ts';
import { istioIngress } from './istio-ingress/index.ts';
import { istioPrivateIngress } from './istio-private-ingress/index.ts';
import { logging } from './logging/index.ts';
import { metrics } from './metrics/index.ts';
import { network } from './network/index.ts';
import { unknownKey } from './schema.ts';
import { storage } from './storage/index.ts';

/** Every module, in the order they are deployed: each after what it depends on. */
export const modules: ModuleDefinition[] = [
  network,
  addons,
  certManager,
  storage,
  istio,
  istioIngress,
  istioPrivateIngress,
  metrics,
  logging,
  argocd,
];

/** @throws UserError when there is no such module. */
export function module(id: string): ModuleDefinition {
  const found = modules.find((candidate) => candidate.id === id);
  if (found) return found;
  const guess = nearest(id, moduleIds);
  throw new UserError(`There is no module "${id}".`, {
    fix: guess ? `Did you mean "${guess}"?` : `Modules are ${moduleIds.join(', ')}.`,
  });
}

/** Modules that a release has, in the order they are deployed. */
function modulesOf(release: Release): ModuleDefinition[] {
  return modules.filter(({ releases }) => releases.includes(release.id));
}

/** Something wrong with a value, at its path below application.yaml's values. */
export interface ValuesProblem {
  path: (string | number)[];
  message: string;
}

/** Values of application.yaml, checked: those of each module of the release with defaults filled in, and all of them. */
export interface CheckedValues {
  modules: Partial<Record<ModuleId, Values>>;
  all: Values;
}

/** Keys of application.yaml that belong to no module. */
const generalKeys = ['HighAvailableControlplane', 'ClusterName', 'kubezero'];

/** Checks application.yaml's values against the schemas of all modules of a release; finds all problems at once. */
export function checkValues(values: Values, release: Release): { checked: CheckedValues; problems: ValuesProblem[] } {
  const problems: ValuesProblem[] = [];
  const definitions = modulesOf(release);
  const known = [...generalKeys, ...definitions.map(({ id }) => id), ...(release.id === '1.21' ? ['kiam'] : [])];
  for (const key of Object.keys(values)) {
    if (!known.includes(key)) problems.push({ path: [key], message: unknownModule(key, known, release) });
  }
  const checked: CheckedValues = { modules: {}, all: { ...values } };
  for (const definition of definitions) {
    const result = definition.values(release).safeParse(values[definition.id] ?? {});
    if (result.success) {
      checked.modules[definition.id] = result.data;
      checked.all[definition.id] = result.data;
      problems.push(...pinned(definition, result.data, release));
    } else {
      problems.push(...result.error.issues.map((issue) => problem(definition.id, issue)));
    }
  }
  return { checked, problems };
}

/**
 * Like {@link checkValues}.
 * @throws UserError that lists every problem.
 */
export function validateValues(values: Values, release: Release, where = 'application.yaml'): CheckedValues {
  const { checked, problems } = checkValues(values, release);
  if (problems.length === 0) return checked;
  const lines = problems.map(({ path, message }) => `  ${path.join('.')}: ${message}`);
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  throw new UserError(`The values of release ${release.id} have ${count}:\n${lines.join('\n')}`, {
    where: `${where}: spec.source.helm.values`,
    state: 'Nothing was changed.',
  });
}

function problem(module: ModuleId, { path, message }: z.core.$ZodIssue): ValuesProblem {
  return { path: [module, ...path.map((part) => (typeof part === 'symbol' ? String(part) : part))], message };
}

function unknownModule(key: string, known: string[], release: Release): string {
  if (key === 'kiam') return 'Kiam was removed in 1.22; `kubezero migrate` takes this key away';
  if (key === 'istio-private-ingress') {
    return `release ${release.id} has the private gateway at istio-ingress.private; \`kubezero migrate\` moves it for 1.22`;
  }
  const later = laterRelease(key, release);
  if (later) return `is a module of KubeZero ${later}, which release ${release.id} doesn't have yet`;
  return unknownKey(key, known);
}

/** First release after this one that has the module. */
function laterRelease(key: string, { id }: Release): ReleaseId | undefined {
  const later = releaseIds.slice(releaseIds.indexOf(id) + 1);
  return later.find((release) => releases[release].modules[key as ModuleId] !== undefined);
}

/** A module's chart version comes with the release: pinning another one in the values can't be honoured. */
function pinned({ id }: ModuleDefinition, values: Values, release: Release): ValuesProblem[] {
  const wanted = release.modules[id];
  if (values.targetRevision === undefined || values.targetRevision === wanted) return [];
  return [
    {
      path: [id, 'targetRevision'],
      message: `"${values.targetRevision}" isn't the version that release ${release.id} pins (${wanted}); remove the key`,
    },
  ];
}
