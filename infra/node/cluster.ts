import type { Environment } from '../../environment/environment.ts';
import type { NetworkOutputs } from '../../environment/outputs.ts';
import type { Release } from '../../releases/release.ts';

/** What every machine of a cluster is told, whatever its role. */
export interface NodeCluster {
  environment: Environment;
  network: NetworkOutputs;
  release: Release;
}

/** A controller's place: its zone and the name its node and etcd member keep for the cluster's lifetime. */
export interface ControllerPlace {
  zone: string;
  nodeName: string;
}

/** Name of the controller in a zone, `<environment>-controller-<zone letter>`. */
function controllerName(environment: string, zone: string): string {
  return `${environment}-controller-${zone.slice(-1)}`;
}

/** Every controller of the environment, in the order of their zones: the first one founds the etcd cluster. */
export function controllerPlaces(environment: {
  name: string;
  controllers: Pick<Environment['controllers'], 'zones'>;
}): ControllerPlace[] {
  return [...environment.controllers.zones]
    .sort()
    .map((zone) => ({ zone, nodeName: controllerName(environment.name, zone) }));
}

/** Whether a machine loads the Neuron kernel module: Inferentia instances, where the release has it. */
export function hasNeuron({ machines }: Release, instanceType: string): boolean {
  return machines.neuron && instanceType.startsWith('inf1.');
}

/**
 * Values that only the running machine knows. They stand in the templates of its files as `${NAME}`; the boot program
 * fills them in at every boot.
 */
export const atBoot = {
  address: placeholder('ADDRESS'),
  nodeName: placeholder('NODE_NAME'),
  zone: placeholder('ZONE'),
  etcdVolumeId: placeholder('ETCD_VOLUME_ID'),
  providerId: placeholder('PROVIDER_ID'),
  etcdInitialCluster: placeholder('ETCD_INITIAL_CLUSTER'),
  etcdClusterState: placeholder('ETCD_CLUSTER_STATE'),
  etcdServers: placeholder('ETCD_SERVERS'),
  joinToken: placeholder('JOIN_TOKEN'),
} as const;

function placeholder(name: string): string {
  return `\${${name}}`;
}

/**
 * Where files are on a machine. Templates hold placeholders ({@link atBoot}) and are never changed; at every boot they
 * become `node`, `kubeadm` and `join`.
 */
export const paths = {
  templates: {
    node: '/etc/kubezero/templates/node.yaml',
    kubeadm: '/etc/kubezero/templates/kubeadm.yaml',
    join: '/etc/kubezero/templates/join.yaml',
  },
  node: '/etc/kubezero/node.yaml',
  steps: '/etc/kubezero/steps',
  /** Digest of the object with the scripts that user data doesn't bring. */
  program: '/etc/kubezero/program',
  modules: '/etc/kubezero/modules',
  sysctls: '/etc/kubezero/sysctls',
  ready: '/run/kubezero/ready',
  coreDns: '/etc/kubezero/coredns.yaml',
  kubeadm: '/etc/kubernetes/kubeadm.yaml',
  join: '/etc/kubernetes/join.yaml',
  discovery: '/etc/kubernetes/discovery.yaml',
  apiserver: '/etc/kubernetes/apiserver',
  patches: '/etc/kubernetes/patches',
  auditLog: '/var/log/kubernetes',
  crio: '/etc/crio/crio.conf.d/10-kubezero.conf',
  criSocket: 'unix:///var/run/crio/crio.sock',
  kubelet: '/etc/kubernetes/kubelet',
  scripts: '/usr/local/lib/kubezero',
} as const;
