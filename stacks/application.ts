import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isScalar, type Scalar } from 'yaml';
import { z } from 'zod';
import { UserError } from '../errors/index.ts';
import { nearest } from '../errors/nearest.ts';
import { releases } from '../releases/index.ts';
import { type ModuleId, moduleIds, type Release, type ReleaseId, releaseIds } from '../releases/release.ts';
import { displayPath, type Environment } from './environment.ts';
import { documentProblems, type Problem, parseYaml, problemsError, type YamlSource } from './yaml-problems.ts';

/** An application.yaml: the ArgoCD Application that KubeZero users have, with the values of all modules. */
export interface ApplicationDocument {
  /** File as messages call it. */
  file: string;
  /** The whole file. */
  text: string;
  release: ReleaseId;
  /** `spec.source.targetRevision`, e.g. `1.21.9-4`. */
  targetRevision: string;
  /** `spec.source.helm.values`, parsed. */
  values: Record<string, unknown>;
  /** The error that says what is wrong at these places of the values, with file, line and path. */
  problems(found: Problem[]): UserError;
}

/** The environment's application.yaml, and during an upgrade the one it was migrated from. */
export interface Application extends ApplicationDocument {
  previous?: ApplicationDocument;
}

const valuesPath = ['spec', 'source', 'helm', 'values'] as const;

/** The part of an ArgoCD Application that is read here; everything else in it is ArgoCD's business. */
const applicationSchema = z.looseObject({
  apiVersion: z.string().regex(/^argoproj\.io\//, 'expected argoproj.io/v1alpha1'),
  kind: z.literal('Application'),
  spec: z.looseObject({
    source: z.looseObject({
      targetRevision: z.string().min(1),
      helm: z.looseObject({ values: z.string() }),
    }),
  }),
});

/** Keys of every module; what else a module takes is its own schema's matter. */
const moduleValues = z
  .looseObject({
    enabled: z.boolean().optional(),
    namespace: z.string().optional(),
    targetRevision: z.string().optional(),
    chart: z.string().optional(),
    retain: z.boolean().optional(),
  })
  .nullish();

/** Top-level values that are no module. */
const generalValues = {
  HighAvailableControlplane: z.boolean().optional(),
  ClusterName: z.string().optional(),
  kubezero: z.looseObject({}).nullish(),
};

/** Modules that KubeZero dropped with a release, and what to do about a key of theirs. */
const dropped: Partial<Record<ReleaseId, Record<string, string>>> = {
  '1.22': { kiam: 'Kiam is gone with 1.22: move its users to roles for service accounts and remove the key' },
};

/**
 * Reads an environment's application.yaml, and application.previous.yaml where there is one.
 * @throws UserError naming every problem with its file, line and path.
 */
export function loadApplication(environment: Pick<Environment, 'name' | 'directory'>): Application {
  const read = (name: string) => {
    const path = join(environment.directory, environment.name, name);
    return existsSync(path) ? parseApplication(readFileSync(path, 'utf8'), displayPath(path)) : undefined;
  };
  const current = read('application.yaml');
  if (!current)
    throw new UserError(`environment "${environment.name}" has no application.yaml`, {
      where: displayPath(join(environment.directory, environment.name)),
      state: 'nothing was touched',
      fix: 'put the KubeZero Application of the cluster there; stacks/demo/application.yaml is an example',
    });
  const previous = read('application.previous.yaml');
  return previous ? { ...current, previous } : current;
}

/** Checks the text of an application.yaml. `file` is what messages call it. */
export function parseApplication(text: string, file: string): ApplicationDocument {
  const source = parseYaml(text, file);
  const problems = documentProblems(source, applicationSchema);
  if (problems.length > 0) throw problemsError(source, problems);
  const { spec } = applicationSchema.parse(source.document.toJS());
  const { targetRevision, helm } = spec.source;

  const release = releaseOf(targetRevision);
  if (!release) throw problemsError(source, [unknownRevision(targetRevision)], 'upgrades go one release at a time');

  const values = parseYaml(helm.values, file, insideBlock(source, text));
  const schema = valuesSchema(releases[release]);
  const wrong = [...documentProblems(values, schema).map((problem) => explainDropped(problem, release))];
  if (wrong.length > 0) throw problemsError(values, wrong);
  return {
    file,
    text,
    release,
    targetRevision,
    values: (values.document.toJS() as Record<string, unknown> | null) ?? {},
    problems: (found) => problemsError(values, [...found]),
  };
}

/** Release that an umbrella version belongs to: that of its Kubernetes minor version. */
function releaseOf(targetRevision: string): ReleaseId | undefined {
  const minor = /^v?(\d+\.\d+)\.\d+/.exec(targetRevision)?.[1];
  return releaseIds.find((id) => id === minor);
}

function unknownRevision(targetRevision: string): Problem {
  const known = releaseIds.map((id) => `${id} (${releases[id].umbrellaVersion})`).join(' or ');
  return {
    path: ['spec', 'source', 'targetRevision'],
    message: `"${targetRevision}" is of no KubeZero release known here; expected ${known}`,
  };
}

function valuesSchema(release: Release): z.ZodType {
  const modules = moduleIds.filter((id) => release.modules[id] !== undefined) as string[];
  const known = release.id === '1.21' ? [...modules, 'kiam'] : modules;
  return z.strictObject({ ...generalValues, ...Object.fromEntries(known.map((id) => [id, moduleValues])) });
}

/** Says more about a key that is a module of another release. */
function explainDropped(problem: Problem, release: ReleaseId): Problem {
  const { key } = problem;
  if (key === undefined || problem.path.length !== 1) return problem;
  const gone = dropped[release]?.[key];
  if (gone) return { ...problem, message: gone };
  const later = releaseIds.find((id) => releases[id].modules[key as ModuleId] !== undefined);
  if (later) return { ...problem, message: `"${key}" is a module of KubeZero ${later}, not of ${release}` };
  const meant = nearest(key, [...moduleIds, ...Object.keys(generalValues)]);
  return {
    ...problem,
    message: `unknown module "${key}"${meant ? `; did you mean "${meant}"?` : `; modules are ${moduleIds.join(', ')}`}`,
  };
}

/** Translates places within the block scalar `helm.values: |` to places in the file. */
function insideBlock(source: YamlSource, text: string): Pick<YamlSource, 'locate' | 'prefix'> {
  const node = source.document.getIn([...valuesPath], true) as Scalar;
  const start = isScalar(node) ? (node.range?.[0] ?? 0) : 0;
  const header = source.lines.linePos(start).line;
  if (node.type !== 'BLOCK_LITERAL')
    return { prefix: [...valuesPath], locate: () => ({ line: header, column: source.lines.linePos(start).col }) };
  const below = text.split('\n').slice(header);
  const indent = /^ */.exec(below.find((line) => line.trim() !== '') ?? '')![0].length;
  return { prefix: [...valuesPath], locate: ({ line, column }) => ({ line: line + header, column: column + indent }) };
}
