import { get, type RequestOptions } from 'node:https';
import type { Cluster } from './client.ts';

/**
 * Uses of removed APIs that the upgrade itself ends: the ECK 1.6 CRDs are apiextensions v1beta1 manifests (step
 * logging-crds replaces them), and prometheus-adapter 3.0 may have registered its APIService through v1beta1.
 */
const replacedByUpgrade = new Set([
  'apiextensions.k8s.io/v1beta1 customresourcedefinitions',
  'apiregistration.k8s.io/v1beta1 apiservices',
]);

/**
 * APIs that the given Kubernetes version removes and that somebody asked for since the API server started, by its own
 * metric `apiserver_requested_deprecated_apis`. Each API server counts for itself; this asks one.
 * @returns one line per API, `extensions/v1beta1 ingresses`.
 */
export async function deprecatedApisInUse(cluster: Cluster, kubernetesVersion: string): Promise<string[]> {
  const removedRelease = kubernetesVersion.split('.').slice(0, 2).join('.');
  const metrics = await readMetrics(cluster);
  return parseDeprecatedApis(metrics, removedRelease).filter((api) => !replacedByUpgrade.has(api));
}

/** Deprecated APIs with requests, from the text of an API server's metrics. */
export function parseDeprecatedApis(metrics: string, removedRelease: string): string[] {
  const found = metrics
    .split('\n')
    .filter((line) => line.startsWith('apiserver_requested_deprecated_apis{') && !line.endsWith(' 0'))
    .map((line) => Object.fromEntries([...line.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key!, value!])))
    .filter((labels) => labels.removed_release === removedRelease)
    .filter((labels) => !isOnlyWatched(metrics, labels))
    .map(({ group, version, resource }) => `${group ? `${group}/` : ''}${version} ${resource}`);
  return [...new Set(found)].sort();
}

/**
 * The garbage collector of kube-controller-manager lists and watches every group at its preferred version, and the group
 * `extensions` has no other than v1beta1. Who uses its ingresses also writes them.
 */
function isOnlyWatched(metrics: string, { group, version, resource }: Record<string, string>): boolean {
  if (group !== 'extensions') return false;
  const requests = metrics
    .split('\n')
    .filter((line) => line.startsWith('apiserver_request_total{'))
    .filter((line) => line.includes(`group="${group}"`) && line.includes(`resource="${resource}"`))
    .filter((line) => line.includes(`version="${version}"`));
  return requests.length > 0 && requests.every((line) => /verb="(LIST|WATCH)"/.test(line));
}

async function readMetrics(cluster: Cluster): Promise<string> {
  // The generated clients have no call for /metrics; the kube config signs a plain request.
  const options: RequestOptions = {};
  await cluster.config.applyToHTTPSOptions(options);
  return new Promise((resolve, reject) => {
    get(`${cluster.server}/metrics`, options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part) => {
        text += part;
      });
      response.on('end', () =>
        response.statusCode === 200 ? resolve(text) : reject(new Error(`GET /metrics: HTTP ${response.statusCode}`)),
      );
    }).on('error', reject);
  });
}
