import { describe, expect, it } from 'vitest';
import type { Values } from '../../../modules/definition.ts';
import { checkValues } from '../../../modules/values.ts';
import { releases } from '../../../releases/index.ts';
import type { ReleaseId } from '../../../releases/release.ts';

const gateway = (names: string[], module: string) => names.map((name) => `${module}.${name}`);

/** Keys that KubeZero's umbrella chart reads, in both releases. */
const always = [
  'HighAvailableControlplane',
  'ClusterName',
  ...[
    'server',
    'repoURL',
    'targetRevision',
    'syncPolicy',
    'gitSync.repoURL',
    'gitSync.targetRevision',
    'gitSync.path',
  ].map((key) => `kubezero.${key}`),
  ...['clusterBackup', 'fuseDevicePlugin', 'aws-node-termination-handler'].map((key) => `addons.${key}.enabled`),
  ...['repository', 'password', 'image.name', 'image.tag', 'extraEnv'].map((key) => `addons.clusterBackup.${key}`),
  'network.metallb.enabled',
  'network.cilium.enabled',
  'network.multus.enabled',
  'network.multus.tag',
  'cert-manager.IamArn',
  ...['name', 'server', 'email', 'solvers'].map((key) => `cert-manager.clusterIssuer.${key}`),
  ...['aws-ebs-csi-driver', 'aws-efs-csi-driver'].flatMap((key) => [`storage.${key}.enabled`, `storage.${key}.IamArn`]),
  'storage.aws-efs-csi-driver.storageClasses',
  'storage.aws-efs-csi-driver.PersistentVolumes',
  'storage.lvm-localpv.enabled',
  'storage.lvm-localpv.storageClass.default',
  'storage.lvm-localpv.storageClass.vgpattern',
  'storage.gemini.enabled',
  'istio.kiali-server.enabled',
  ...['enabled', 'gateway', 'url'].map((key) => `istio.kiali-server.istio.${key}`),
  ...['enabled', 'log.level', 'log.format', 'localCacheSize', 'failureModeDeny', 'descriptors.ingress'].map(
    (key) => `istio.rateLimiting.${key}`,
  ),
  'istio.rateLimiting.descriptors.privateIngress',
  ...['kube-prometheus-stack', 'prometheus-adapter', 'prometheus-pushgateway'].map((key) => `metrics.${key}.enabled`),
  ...['grafana', 'prometheus', 'alertmanager'].flatMap((tool) =>
    ['enabled', 'url', 'gateway', 'ipBlocks', 'destination'].map((key) => `metrics.istio.${tool}.${key}`),
  ),
  ...['fullnameOverride', 'version', 'elastic_password', 'eck-operator.enabled', 'es.nodeSets'].map(
    (key) => `logging.${key}`,
  ),
  ...['name', 'count', 'storage.size', 'storage.class', 'zone', 'nodeAffinity.key', 'nodeAffinity.value'].map(
    (key) => `logging.es.nodeSets.0.${key}`,
  ),
  ...['resources', 'jvm_heap', 'processors'].map((key) => `logging.es.nodeSets.0.${key}`),
  'logging.es.s3Snapshot.enabled',
  'logging.es.s3Snapshot.iamrole',
  ...['count', 'nodeAffinity.key', 'istio.enabled', 'istio.gateway', 'istio.url'].map((key) => `logging.kibana.${key}`),
  ...[
    'enabled',
    'replicaCount',
    'url',
    'output.host',
    'affinity',
    'extraEnvVars',
    'istio.enabled',
    'istio.gateway',
  ].map((key) => `logging.fluentd.${key}`),
  'logging.fluent-bit.enabled',
  ...['output.host', 'output.sharedKey', 'output.tls', 'input.memBufLimit', 'input.refreshInterval', 'logLevel'].map(
    (key) => `logging.fluent-bit.config.${key}`,
  ),
  'logging.fluent-bit.config.flushInterval',
  'logging.fluent-bit.config.extraRecords',
  'argocd.server.config.url',
  'argocd.configs.secret',
  ...['enabled', 'gateway', 'ipBlocks'].map((key) => `argocd.istio.${key}`),
];

const byRelease: Record<ReleaseId, string[]> = {
  '1.21': [
    'kiam.IamArn',
    'addons.k8sEcrLoginRenew.enabled',
    'argocd.argocd-applicationset.enabled',
    'istio-ingress.global.arch',
    ...['public', 'private'].flatMap((kind) =>
      gateway(
        ['enabled', 'certificates', 'dnsNames', 'proxyProtocol', 'gateway.replicaCount', 'gateway.ports'],
        `istio-ingress.${kind}`,
      ),
    ),
  ],
  '1.22': [
    ...['enabled', 'aws.region', 'aws.iamRoleArn', 'image.name', 'image.tag'].map((key) => `addons.forseti.${key}`),
    'addons.awsNeuron.enabled',
    'addons.external-dns.enabled',
    ...['istio-ingress', 'istio-private-ingress'].flatMap((module) =>
      gateway(
        ['certificates', 'proxyProtocol', 'gateway.replicaCount', 'gateway.affinity', 'gateway.service.ports'],
        module,
      ),
    ),
    'istio-ingress.gateway.service.type',
  ],
};

/** What every module's Application takes. */
const everyModule = ['enabled', 'namespace', 'targetRevision', 'chart', 'retain'];
const ofTheUmbrella = [
  'addons',
  'network',
  'cert-manager',
  'storage',
  'istio',
  'istio-ingress',
  'metrics',
  'logging',
  'argocd',
];

/** A tree with something at a dotted path; its type may be wrong, what counts is whether the key is known. */
function probe(path: string): Values {
  const [first, ...below] = path.split('.');
  if (below.length === 0) return { [first!]: 'something' };
  return { [first!]: below[0] === '0' ? [probe(below.slice(1).join('.'))] : probe(below.join('.')) };
}

describe.each<ReleaseId>(['1.21', '1.22'])('every key that KubeZero %s reads', (id) => {
  const keys = [...always, ...byRelease[id]!, ...ofTheUmbrella.flatMap((module) => gateway(everyModule, module))];

  it.each(keys)('%s is known, or refused with a reason', (key) => {
    const unknown = checkValues(probe(key), releases[id]!).problems.filter(({ message }) => /^unknown /.test(message));
    expect(unknown).toEqual([]);
  });
});
