import type { z } from 'zod';
import { UserError } from '../errors/index.ts';
import { type SchemaProblem, schemaProblems, unknownKey } from '../errors/schema-problems.ts';
import { releases } from '../releases/index.ts';
import { type ModuleId, position, type Release, type ReleaseId, releaseIds } from '../releases/release.ts';
import type { ModuleDefinition, RefusedKey, Values } from './definition.ts';
import { generalKeys, generalValues, refusedGeneralKeys } from './general.ts';
import { modules } from './index.ts';
import { isRefused, refusedValues } from './refused.ts';
import { placesOf } from './requirements.ts';

/** Values of application.yaml, checked: those of each module of the release with defaults filled in, and all of them. */
export interface CheckedValues {
  modules: Partial<Record<ModuleId, Values>>;
  all: Values;
}

/**
 * Checks application.yaml's values against the schemas of all modules of a release.
 * @returns every problem at its path below the values; `checked` is only complete where there is none.
 */
export function checkValues(values: Values, release: Release): { checked: CheckedValues; problems: SchemaProblem[] } {
  const problems: SchemaProblem[] = [];
  const definitions = modules.filter(({ releases: having }) => having.includes(release.id));
  const ids: string[] = definitions.map(({ id }) => id);
  const byItself = Object.fromEntries(Object.entries(values).filter(([key]) => !ids.includes(key)));
  const general = checkPart(generalPart, byItself, release);
  problems.push(
    ...general.problems.map((problem) =>
      problem.key && problem.path.length === 1 && problem.message.startsWith('unknown')
        ? { ...problem, message: unknownModule(problem.key, [...ids, ...generalKeys], release) }
        : problem,
    ),
  );
  const checked: CheckedValues = { modules: {}, all: { ...values, ...general.data } };
  for (const definition of definitions) {
    const { data, problems: found } = checkPart(definition, values[definition.id] ?? {}, release);
    const all = data ? [...found, ...pinned(definition, data, release)] : found;
    problems.push(...all.map((problem) => ({ ...problem, path: [definition.id, ...problem.path] })));
    if (!data) continue;
    checked.modules[definition.id] = data;
    checked.all[definition.id] = data;
  }
  for (const definition of definitions) problems.push(...missingModules(definition, checked.modules));
  return { checked, problems };
}

/** What a module needs that is off. Where either one's values are wrong, those are to be put right first. */
function missingModules({ id, requires }: ModuleDefinition, on: CheckedValues['modules']): SchemaProblem[] {
  const values = on[id];
  if (!values?.enabled) return [];
  return requires.flatMap((requirement) => {
    const { module } = requirement;
    if (!on[module] || on[module].enabled) return [];
    const message = `needs module ${module}, which is off`;
    return placesOf(requirement, values).map((path) => ({ path: [id, ...path], message }));
  });
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

interface Part {
  values: (release: Release) => z.ZodType<Values>;
  refused: RefusedKey[];
}

const generalPart: Part = { values: generalValues, refused: refusedGeneralKeys };

/** A schema is dearer to make than to use, and a run looks at application.yaml many times. */
const schemas = new WeakMap<Part, Map<ReleaseId, z.ZodType<Values>>>();

function schemaOf(part: Part, release: Release): z.ZodType<Values> {
  const made = schemas.get(part) ?? new Map<ReleaseId, z.ZodType<Values>>();
  schemas.set(part, made);
  if (!made.has(release.id)) made.set(release.id, part.values(release));
  return made.get(release.id)!;
}

function checkPart(part: Part, given: unknown, release: Release): { data?: Values; problems: SchemaProblem[] } {
  const schema = schemaOf(part, release);
  const { data, error } = schema.safeParse(given, { reportInput: true });
  const refused = refusedValues(part.refused, given, release);
  const wrong = error ? schemaProblems(error, schema) : [];
  return {
    data,
    problems: [...wrong.filter((problem) => !refused.some(({ path }) => isRefused(problem, path))), ...refused],
  };
}

function unknownModule(key: string, known: string[], release: Release): string {
  if (key === 'istio-private-ingress') {
    return `release ${release.id} has the private gateway at istio-ingress.private; \`kubezero migrate\` moves it for 1.22`;
  }
  const later = laterRelease(key, release);
  if (later) return `is a module of KubeZero ${later}, which release ${release.id} doesn't have yet`;
  return unknownKey(key, known, 'module');
}

/** First release after this one that has the module. */
function laterRelease(key: string, { id }: Release): ReleaseId | undefined {
  const later = releaseIds.slice(position(id) + 1);
  return later.find((release) => releases[release]!.modules[key as ModuleId] !== undefined);
}

/** A module's chart version comes with the release: pinning another one in the values can't be honoured. */
function pinned({ id }: ModuleDefinition, values: Values, release: Release): SchemaProblem[] {
  const wanted = release.modules[id];
  if (values.targetRevision === undefined || values.targetRevision === wanted) return [];
  return [
    {
      path: ['targetRevision'],
      message: `"${values.targetRevision}" isn't the version that release ${release.id} pins (${wanted}); remove the key`,
    },
  ];
}
