import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { ClusterFacts, KubernetesObject, ModuleManifest, Values } from '../../../modules/definition.ts';
import { module } from '../../../modules/index.ts';
import { checkValues } from '../../../modules/values.ts';
import { release } from '../../../releases/index.ts';
import type { ModuleId, ReleaseId } from '../../../releases/release.ts';
import { repositoryRoot } from '../../../repository/root.ts';

export const facts: ClusterFacts = {
  clusterName: 'demo',
  region: 'eu-central-1',
  accountId: '123456789012',
  zones: ['eu-central-1a', 'eu-central-1b', 'eu-central-1c'],
  apiEndpoint: 'kube-api.demo.example.com:6443',
  oidcIssuer: 'https://oidc.example.com',
  backupBucket: 'demo-backup',
  roleArns: { 'cert-manager': 'arn:cert-manager', forseti: 'arn:forseti', 'aws-ebs-csi-driver': 'arn:ebs' },
  kubernetesVersion: '1.21.9',
};

/** A module's manifest for some of application.yaml's values; the module itself is enabled. */
export function manifest(
  id: ModuleId,
  at: ReleaseId,
  values: Values = {},
  more: Partial<ClusterFacts> = {},
): ModuleManifest {
  const given = { ...values, [id]: { enabled: true, ...(values[id] as Values | undefined) } };
  const checked = check(given, at);
  return module(id).manifest({
    release: release(at),
    values: checked.modules[id]!,
    all: checked.all,
    facts: { ...facts, ...more },
  });
}

/** CRDs of a module for the same values. */
export function crds(id: ModuleId, at: ReleaseId, values: Values = {}, more: Partial<ClusterFacts> = {}) {
  const given = { ...values, [id]: { enabled: true, ...(values[id] as Values | undefined) } };
  const checked = check(given, at);
  return module(id).crds({
    release: release(at),
    values: checked.modules[id]!,
    all: checked.all,
    facts: { ...facts, ...more },
  });
}

/** One module by itself: others that it can't do without may be off. */
function check(values: Values, at: ReleaseId) {
  const { checked, problems } = checkValues(values, release(at));
  const own = problems.filter(({ message }) => !message.startsWith('needs module'));
  if (own.length > 0) throw new Error(own.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n'));
  return checked;
}

/** Objects as `Kind namespace/name`. */
export function names(objects: KubernetesObject[]): string[] {
  return objects.map(({ kind, metadata: { name, namespace } }) => `${kind} ${namespace ? `${namespace}/` : ''}${name}`);
}

/** Charts as `chart version as release name`. */
export function charts({ charts: list }: ModuleManifest): string[] {
  return list.map(({ pin, releaseName }) => `${pin.chart} ${pin.version} as ${releaseName}`);
}

export function find(objects: KubernetesObject[], kind: string, name: string) {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
  if (!found) throw new Error(`no ${kind} ${name} among ${names(objects).join(', ')}`);
  // biome-ignore lint/suspicious/noExplicitAny: any Kubernetes object
  return found as any;
}

export function chartValues({ charts: list }: ModuleManifest, chart: string) {
  const found = list.find(({ pin }) => pin.chart === chart);
  if (!found) throw new Error(`no chart ${chart} among ${list.map(({ pin }) => pin.chart).join(', ')}`);
  // biome-ignore lint/suspicious/noExplicitAny: any Helm values
  return found.values as any;
}

export function demoValues(): Values {
  const document = parse(readFileSync(join(repositoryRoot, 'stacks/demo/application.yaml'), 'utf8'));
  return parse(document.spec.source.helm.values);
}
