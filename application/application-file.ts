import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { displayPath, type Environment } from '../environment/environment.ts';
import { documentProblems, type Finding, findings, findingsError } from '../environment/yaml-problems.ts';
import { type Problem, readYaml, type YamlSource } from '../environment/yaml-source.ts';
import { UserError } from '../errors/index.ts';
import { checkValues } from '../modules/values.ts';
import { releases } from '../releases/index.ts';
import { type ReleaseId, releaseIds } from '../releases/release.ts';
import { readApplicationText } from './application-text.ts';

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
}

/** The environment's application.yaml, and during an upgrade the one it was migrated from. */
export interface Application extends ApplicationDocument {
  previous?: ApplicationDocument;
}

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

const mapping = z.record(z.string(), z.unknown()).nullable();

/**
 * Reads an environment's application.yaml, and application.previous.yaml where there is one, and checks all of them
 * against the schemas of their release's modules.
 * @throws UserError naming every problem of both with its file, line, column and path.
 */
export function loadApplication(environment: Pick<Environment, 'name' | 'directory'>): Application {
  const read = (name: string) => {
    const path = join(environment.directory, environment.name, name);
    return existsSync(path) ? checkApplication(readFileSync(path, 'utf8'), displayPath(path)) : undefined;
  };
  const current = read('application.yaml');
  if (!current)
    throw new UserError(`environment "${environment.name}" has no application.yaml`, {
      where: displayPath(join(environment.directory, environment.name)),
      state: 'nothing was touched',
      fix: 'put the KubeZero Application of the cluster there; stacks/demo/application.yaml is an example',
    });
  const previous = read('application.previous.yaml');
  return {
    ...sound([current, ...(previous ? [previous] : [])])[0]!,
    ...(previous ? { previous: previous.document! } : {}),
  };
}

/** Release that application.yaml is of, whatever else may be wrong with it; undefined where it doesn't tell. */
export function applicationRelease({
  name,
  directory,
}: Pick<Environment, 'name' | 'directory'>): ReleaseId | undefined {
  const path = join(directory, name, 'application.yaml');
  return existsSync(path) ? releaseIn(readFileSync(path, 'utf8')) : undefined;
}

/** The same for the text of an application.yaml. */
export function releaseIn(text: string): ReleaseId | undefined {
  return releaseOf(String(readYaml(text, '').document.getIn(['spec', 'source', 'targetRevision'])));
}

/** Checks the text of an application.yaml. `file` is what messages call it. */
export function parseApplication(text: string, file: string): ApplicationDocument {
  return sound([checkApplication(text, file)])[0]!;
}

interface Checked {
  /** Absent where something was found that is wrong. */
  document?: ApplicationDocument;
  found: Finding[];
  fix?: string;
}

function sound(read: Checked[]): ApplicationDocument[] {
  const found = read.flatMap((each) => each.found);
  if (found.length > 0) throw findingsError(found, read.find(({ fix }) => fix)?.fix);
  return read.map(({ document }) => document!);
}

function checkApplication(text: string, file: string): Checked {
  const { outer: source, inner } = readApplicationText(text, file);
  const values = source.content === undefined ? undefined : inner;
  const problems = documentProblems(source, applicationSchema);
  const spec = (source.content as z.infer<typeof applicationSchema> | undefined)?.spec;
  const { targetRevision } = spec?.source ?? {};
  const release = typeof targetRevision === 'string' && targetRevision ? releaseOf(targetRevision) : undefined;
  const unknown = typeof targetRevision === 'string' && targetRevision && !release;
  if (unknown) problems.push(unknownRevision(targetRevision));
  const found = [...findings(source, problems), ...(values ? findings(values, valuesProblems(values, release)) : [])];
  if (found.length > 0 || !release || !values)
    return { found, ...(unknown && found.length === 1 ? { fix: 'upgrades go one release at a time' } : {}) };
  const content = (values.content as Record<string, unknown> | null) ?? {};
  return { found, document: { file, text, release, targetRevision: targetRevision!, values: content } };
}

/** What is wrong with the values: as YAML, and by the schemas of all modules that their release has. */
function valuesProblems(values: YamlSource, release: ReleaseId | undefined): Problem[] {
  const problems = documentProblems(values, mapping);
  if (problems.length > values.broken.length || values.content === undefined || !release) return problems;
  return [...problems, ...checkValues((values.content ?? {}) as Record<string, unknown>, releases[release]!).problems];
}

/** Release that an umbrella version belongs to: that of its Kubernetes minor version. */
function releaseOf(targetRevision: string): ReleaseId | undefined {
  const minor = /^v?(\d+\.\d+)\.\d+/.exec(targetRevision)?.[1];
  return releaseIds.find((id) => id === minor);
}

function unknownRevision(targetRevision: string): Problem {
  const known = releaseIds.map((id) => `${id} (${releases[id]!.umbrellaVersion})`).join(' or ');
  return {
    path: ['spec', 'source', 'targetRevision'],
    message: `"${targetRevision}" is of no KubeZero release known here; expected ${known}`,
  };
}
