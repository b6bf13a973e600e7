import { existsSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { Deployment } from '@pulumi/pulumi/automation/index.js';
import { parseDocument } from 'yaml';
import { applicationRelease } from '../../application/application-file.ts';
import { planMigration } from '../../application/migration/index.ts';
import { filesBelow } from '../../charts/archive.ts';
import { type ChartStore, directoryDigest } from '../../charts/index.ts';
import type { Environment } from '../../environment/environment.ts';
import { type Layer, layers } from '../../environment/outputs.ts';
import { releases } from '../../releases/index.ts';
import { crdType } from '../../stacks/providers.ts';
import { manifestsOf } from '../delivery/manifests.ts';
import { stackName } from '../engine/configuration.ts';
import type { Engine } from '../engine/engine.ts';
import { canonicalJson } from './canonical.ts';
import type { EnvironmentPlan, Fingerprint } from './document.ts';
import { type Digest, makeKey, openKey, plainDigest } from './key.ts';
import { programDigest } from './program.ts';

/** Where the state of the stacks comes from. */
export interface States {
  exported(layer: Layer): Promise<Deployment>;
}

/**
 * What an environment looks like now, for a plan that is being pinned.
 * @param plan  the plan as made: which charts it used, and what it writes.
 */
export async function fingerprintOf(
  environment: Environment,
  stacks: States,
  engine: Engine,
  plan: Pick<EnvironmentPlan, 'charts' | 'upgrade'>,
): Promise<Fingerprint> {
  const states = await statesOf(environment, stacks);
  const deployed = [...states].find(([, resources]) => resources.length > 0)?.[0];
  const key = deployed ? await makeKey(environment, deployed, engine) : undefined;
  const digest = key?.digest ?? plainDigest;
  const charts = plan.charts.map(({ chart, version }) => `${chart} ${version}`);
  const written = plan.upgrade ? await writtenFiles(environment, plan.upgrade.to, digest) : {};
  return {
    ...(await taken(environment, states, chartDigests(engine.charts, charts), digest)),
    ...(Object.keys(written).length > 0 ? { written } : {}),
    ...(key ? { key: key.sealed } : {}),
  };
}

/** What it looks like now, comparable with an earlier fingerprint: with the same key, of the same charts. */
export async function fingerprintLike(
  earlier: Fingerprint,
  environment: Environment,
  stacks: States,
  engine: Engine,
): Promise<Fingerprint> {
  const [states, digest] = await Promise.all([
    statesOf(environment, stacks),
    earlier.key ? openKey(environment, earlier.key, engine) : plainDigest,
  ]);
  return taken(environment, states, chartDigests(engine.charts, Object.keys(earlier.charts)), digest);
}

async function taken(
  environment: Environment,
  states: ReadonlyMap<string, Resource[]>,
  charts: Record<string, string>,
  digest: Digest,
): Promise<Fingerprint> {
  return {
    program: programDigest(),
    files: fileDigests(environment, digest),
    charts,
    stacks: Object.fromEntries([...states].map(([stack, resources]) => [stack, resourceDigests(resources, digest)])),
  };
}

/**
 * Digests of the files that say what is to be deployed. YAML counts by its content: comments and layout decide nothing.
 * `charts.lock.yaml` isn't among them: it is shared by all environments, and the charts themselves are.
 */
export function fileDigests(environment: Environment, digest: Digest): Record<string, string> {
  const { name, directory } = environment;
  const found: Record<string, string> = {};
  for (const file of ['application.previous.yaml', 'application.yaml', 'environment.yaml']) {
    const path = join(directory, name, file);
    if (existsSync(path)) found[`${name}/${file}`] = digest(yamlContent(readFileSync(path, 'utf8')));
  }
  for (const layer of layers) {
    const file = `Pulumi.${stackName(name, layer)}.yaml`;
    const given = configurationGiven(join(directory, file));
    if (given) found[file] = digest(given);
  }
  for (const path of filesBelow(manifestsOf(environment)))
    found[relative(directory, path).split(sep).join('/')] = digest(readFileSync(path, 'utf8'));
  return inOrder(found);
}

function yamlContent(text: string): string {
  const document = parseDocument(text);
  return document.errors.length > 0 ? text : canonicalJson(document.toJS());
}

/** What somebody configured of a stack: without its desired state, which each update writes, and without its salt. */
function configurationGiven(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  const text = readFileSync(file, 'utf8');
  const document = parseDocument(text);
  if (document.errors.length > 0) return text;
  const { config, environment } = (document.toJS() ?? {}) as {
    config?: Record<string, unknown>;
    environment?: unknown;
  };
  const given = Object.entries(config ?? {}).filter(([key]) => !desiredKeys.has(key));
  if (given.length === 0 && environment === undefined) return undefined;
  return canonicalJson({ environment, config: Object.fromEntries(given) });
}

const desiredKeys = new Set(['release', 'releases', 'crds', 'surge'].map((key) => `kubezero:${key}`));

/** What the upgrade makes of the environment's files before it is over. */
async function writtenFiles(
  environment: Environment,
  to: string,
  digest: Digest,
): Promise<NonNullable<Fingerprint['written']>> {
  const { name, directory } = environment;
  if (applicationRelease(environment) === to) return {};
  const { before, text } = await planMigration(join(directory, name), to);
  return {
    [`${name}/application.previous.yaml`]: [digest(yamlContent(before))],
    [`${name}/application.yaml`]: [digest(yamlContent(text))],
  };
}

/** SHA-256 over the files of each chart, by `<chart> <version>`; without those that are nowhere. */
function chartDigests(store: ChartStore, charts: string[]): Record<string, string> {
  const pins = Object.values(releases).flatMap((release) => Object.values(release.charts));
  const found: Record<string, string> = {};
  for (const key of charts) {
    const pin = pins.find(({ chart, version }) => `${chart} ${version}` === key);
    const path = pin && store.search(pin).found?.path;
    if (path) found[key] = directoryDigest(path);
  }
  return inOrder(found);
}

/** A resource of a state, as far as it counts here. */
interface Resource {
  urn: string;
  type: string;
  custom?: boolean;
  external?: boolean;
  delete?: boolean;
  id?: string;
  inputs?: unknown;
  outputs?: unknown;
}

async function statesOf({ name }: Environment, stacks: States): Promise<Map<string, Resource[]>> {
  const states = await Promise.all(
    layers.map(async (layer): Promise<[string, Resource[]]> => {
      const { deployment } = await stacks.exported(layer);
      return [stackName(name, layer), (deployment as { resources?: Resource[] } | undefined)?.resources ?? []];
    }),
  );
  return new Map(states);
}

/**
 * A digest for each resource, by URN: of what its provider gave back, since an update that leaves a resource alone may note
 * other inputs of the same meaning; of Kubernetes' objects of what was asked for, since the rest (status, defaults,
 * versions) is the cluster's; of components, too, since their outputs follow from what is in them. When it was written, by which line of a program, doesn't count.
 */
export function resourceDigests(resources: Resource[], digest: Digest): Record<string, string> {
  const states = new Map<string, unknown[]>();
  for (const { urn, type, custom, external, delete: leaving, id, inputs, outputs } of resources) {
    if (external || type.startsWith('pulumi:')) continue;
    const inCluster = type.startsWith('kubernetes:') || type === crdType;
    const content = !custom || inCluster ? inputs : (outputs ?? inputs);
    states.set(urn, [...(states.get(urn) ?? []), { id, leaving: Boolean(leaving), content }]);
  }
  return inOrder(Object.fromEntries([...states].map(([urn, state]) => [urn, digest(canonicalJson(state))])));
}

function inOrder<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
