import { serviceRoles } from '../infra/network/service-permissions.ts';
import { unpackDashboards } from '../modules/dashboards/index.ts';
import type {
  ClusterFacts,
  KubernetesObject,
  ModuleDefinition,
  ModuleManifest,
  Values,
} from '../modules/definition.ts';
import { placesOf } from '../modules/requirements.ts';
import { validateValues } from '../modules/values.ts';
import { releases } from '../releases/index.ts';
import type { Release, ReleaseId } from '../releases/release.ts';
import { everythingOn } from './example-values.ts';

/** Facts of a cluster that doesn't exist, in words where a page shows them. */
export function exampleFacts({ kubernetesVersion }: Release): ClusterFacts {
  return {
    clusterName: '<cluster>',
    region: '<region>',
    accountId: '<account>',
    zones: ['<zone>'],
    apiEndpoint: 'kube-api.example.com:6443',
    oidcIssuer: 'https://oidc.example.com',
    backupBucket: '<backup bucket>',
    roleArns: Object.fromEntries(
      Object.keys(serviceRoles).map((consumer) => [consumer, `arn:aws:iam::<account>:role/${consumer}`]),
    ),
    kubernetesVersion,
    awsIamAuthenticator: { adminRole: 'arn:aws:iam::<account>:role/<administrators>' },
  };
}

/** A module as it is by default, and with every part of it and every other module on. */
export interface ModuleAtRelease {
  release: Release;
  byDefault: ModuleManifest;
  withEverything: ModuleManifest;
  /** Values of `withEverything`. */
  values: Values;
}

export function moduleAtReleases(definition: ModuleDefinition): ModuleAtRelease[] {
  return definition.releases.map((id) => atRelease(definition, releases[id]!));
}

function atRelease(definition: ModuleDefinition, release: Release): ModuleAtRelease {
  const facts = exampleFacts(release);
  const plain = { ...facts, awsIamAuthenticator: undefined };
  const values = definition.values(release).parse({ enabled: true });
  const { modules: everything, all } = validateValues(everythingOn(release), release);
  return {
    release,
    byDefault: definition.manifest({ release, values, all: { [definition.id]: values }, facts: plain }),
    withEverything: definition.manifest({ release, values: everything[definition.id]!, all, facts }),
    values: everything[definition.id]!,
  };
}

/** An object that KubeZero adds to what the upstream charts bring. */
export interface OwnObject {
  kind: string;
  name: string;
  namespace?: string;
  /** Whether it is there without any value but `enabled`. */
  byDefault: boolean;
  releases: ReleaseId[];
}

/** KubeZero's own objects of a module in any of its releases, by kind and name; dashboards and rules are told apart. */
export function ownObjects(module: ModuleAtRelease[]): OwnObject[] {
  const found = new Map<string, OwnObject>();
  for (const { release, byDefault, withEverything } of module) {
    const always = new Set(byDefault.objects.map(identity));
    for (const object of [...byDefault.objects, ...withEverything.objects]) {
      if (isDashboards(object) || object.kind === 'PrometheusRule') continue;
      const { kind, metadata } = object;
      const known = found.get(identity(object));
      if (known && !known.releases.includes(release.id)) known.releases.push(release.id);
      if (known) continue;
      found.set(identity(object), {
        kind,
        name: metadata.name,
        namespace: metadata.namespace,
        byDefault: always.has(identity(object)),
        releases: [release.id],
      });
    }
  }
  return [...found.values()].sort((a, b) => compare(a.kind, b.kind) || compare(a.name, b.name));
}

export interface Dashboards {
  folder?: string;
  names: string[];
  configMap: string;
}

export function dashboardsOf({ withEverything }: ModuleAtRelease): Dashboards[] {
  return withEverything.objects.filter(isDashboards).map((object) => ({
    configMap: object.metadata.name,
    folder:
      object.metadata.annotations?.['k8s-sidecar-target-directory'] ?? object.metadata.annotations?.grafana_folder,
    names: Object.values(unpackDashboards(object).data).map((text) => String(JSON.parse(text).title)),
  }));
}

export interface Alerts {
  rule: string;
  alerts: { name: string; severity?: string; summary?: string }[];
  /** Number of series that are recorded. */
  recorded: number;
}

interface RuleGroup {
  rules: { alert?: string; record?: string; labels?: { severity?: string }; annotations?: { summary?: string } }[];
}

export function alertsOf({ withEverything }: ModuleAtRelease): Alerts[] {
  return withEverything.objects
    .filter(({ kind }) => kind === 'PrometheusRule')
    .map(({ metadata, spec }) => {
      const rules = (spec as { groups: RuleGroup[] }).groups.flatMap((group) => group.rules);
      return {
        rule: metadata.name,
        alerts: rules.flatMap(({ alert, labels, annotations }) =>
          alert ? [{ name: alert, severity: labels?.severity, summary: annotations?.summary }] : [],
        ),
        recorded: rules.filter(({ record }) => record).length,
      };
    });
}

/** Modules that must be on for something of the module, and for which of its values; without any: always. */
export function requirements(definition: ModuleDefinition, module: ModuleAtRelease[]) {
  return definition.requires.map((requirement) => ({
    module: requirement.module,
    always: requirement.from === undefined,
    for: [...new Set(module.flatMap(({ values }) => placesOf(requirement, values).map((path) => path.join('.'))))],
  }));
}

function isDashboards({ kind, metadata }: KubernetesObject): boolean {
  return kind === 'ConfigMap' && metadata.labels?.grafana_dashboard !== undefined;
}

function identity({ kind, metadata }: KubernetesObject): string {
  return `${kind}/${metadata.namespace ?? ''}/${metadata.name}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
