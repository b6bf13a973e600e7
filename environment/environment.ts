import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { UserError } from '../errors/index.ts';
import { nearest } from '../errors/nearest.ts';
import { brokenRules, duplicateGroups, type SoundParts } from './environment-rules.ts';
import { type EnvironmentFile, environmentSchema } from './environment-schema.ts';
import { documentProblems, findings, findingsError } from './yaml-problems.ts';
import { readYaml, type YamlSource } from './yaml-source.ts';

/** A worker group with every default filled in. */
export type WorkerGroup = Required<EnvironmentFile['workers'][number]>;

/** One cluster, as its environment.yaml describes it, with every default filled in. */
export interface Environment extends Omit<EnvironmentFile, 'apiHost' | 'kubeContext' | 'controllers' | 'workers'> {
  /** Name of the environment's directory; also of the cluster, and the first part of stack names. */
  name: string;
  /** Absolute path of the environments directory, which also holds the stacks' configuration (`Pulumi.<stack>.yaml`). */
  directory: string;
  apiHost: string;
  kubeContext: string;
  controllers: Required<EnvironmentFile['controllers']>;
  workers: WorkerGroup[];
}

/** Names of the environments in a directory: those of its directories with an environment.yaml. */
export function listEnvironments(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(directory, entry.name, 'environment.yaml')))
    .map((entry) => entry.name)
    .sort();
}

/**
 * Reads `<directory>/<name>/environment.yaml`.
 * @throws UserError naming every problem with its file, line and path, or the environments there are.
 */
export function loadEnvironment(name: string, directory: string): Environment {
  if (!/^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$/.test(name))
    throw new UserError(
      `"${name}" is no name of an environment: expected lower-case letters, digits and dashes, at most 20`,
      {
        fix: knownEnvironments(name, directory),
      },
    );
  const path = join(directory, name, 'environment.yaml');
  if (!existsSync(path))
    throw new UserError(`there is no environment "${name}"`, {
      where: displayPath(path),
      fix: knownEnvironments(name, directory),
    });
  const environment = parseEnvironment(name, readFileSync(path, 'utf8'), displayPath(path));
  const git = { ...environment.git, path: environment.git.path ?? pathInRepository(resolve(directory)) };
  return { ...environment, git, directory: resolve(directory) };
}

/** Path of a directory in the git working tree it is in; undefined where it is in none. */
function pathInRepository(directory: string): string | undefined {
  for (let root = directory; ; root = dirname(root)) {
    // A directory in a clone, a file in a linked working tree.
    if (existsSync(join(root, '.git'))) return relative(root, directory).split(sep).join('/') || '.';
    if (root === dirname(root)) return undefined;
  }
}

/** Checks the text of an environment.yaml and fills in its defaults. `file` is what messages call it. */
export function parseEnvironment(name: string, text: string, file: string): Omit<Environment, 'directory'> {
  const source = readYaml(text, file);
  const problems = [
    ...documentProblems(source, environmentSchema),
    ...duplicateGroups(field(source, 'workers')),
    ...brokenRules(soundParts(source)),
  ];
  if (problems.length > 0) throw findingsError(findings(source, problems));
  return withDefaults(name, environmentSchema.parse(source.content));
}

function withDefaults(name: string, file: EnvironmentFile): Omit<Environment, 'directory'> {
  return {
    ...file,
    name,
    apiHost: file.apiHost ?? `kube-api.${file.domain}`,
    kubeContext: file.kubeContext ?? name,
    controllers: { ...file.controllers, zones: file.controllers.zones ?? file.zones },
    workers: file.workers.map((group) => ({
      ...group,
      min: group.min ?? group.desired,
      max: group.max ?? group.desired,
      zones: group.zones ?? file.zones,
    })),
  };
}

/** The top-level keys whose values are right by themselves, so that a rule about them can be checked beside other errors. */
function soundParts(source: YamlSource): SoundParts {
  const sound = Object.entries(environmentSchema.shape).flatMap(([key, schema]) => {
    const result = schema.safeParse(field(source, key));
    return result.success ? [[key, result.data]] : [];
  });
  return Object.fromEntries(sound) as SoundParts;
}

function field(source: YamlSource, key: string): unknown {
  const content: unknown = source.content;
  return content && typeof content === 'object' ? (content as Record<string, unknown>)[key] : undefined;
}

function knownEnvironments(name: string, directory: string): string {
  const known = listEnvironments(directory);
  const place = displayPath(directory);
  if (known.length === 0)
    return `there are no environments in ${place}: run in the directory above \`stacks\`, or set KUBEZERO_STACKS to it`;
  const meant = nearest(name, known);
  return meant
    ? `did you mean "${meant}"? There are: ${known.join(', ')}`
    : `use one of those in ${place}: ${known.join(', ')}`;
}

/** Relative to the working directory where the file is below it. */
export function displayPath(path: string): string {
  const shown = relative(process.cwd(), path);
  return shown && !shown.startsWith('..') ? shown : path;
}
