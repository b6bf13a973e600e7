import type { WorkerGroup } from '../../environment/environment.ts';
import { atBoot, type ControllerPlace, controllerPlaces, type NodeCluster, paths } from './cluster.ts';
import { isHighlyAvailable, parseTaint, type Taint } from './kubeadm.ts';
import { type KubeletNode, nodeLabels } from './kubelet.ts';

/**
 * What a machine is, in words of its own: /etc/kubezero/node.yaml. Scripts on the machine read the flat values
 * (`key: value` lines), so none of those may need quoting.
 */
export interface NodeDescription {
  cluster: string;
  role: 'controller' | 'worker';
  /** Controllers have a name for the cluster's lifetime; a worker is called by its private DNS name. */
  nodeName?: string;
  zone: string;
  group?: string;
  instanceType: string;
  kubernetesVersion: string;
  os: string;
  /** Name of the machine image, for messages. */
  image: string;
  /** Service of the container runtime, and the socket that it is asked at. */
  runtimeService: string;
  criSocket: string;
  domain: string;
  /** `host:port` of the API servers. */
  apiEndpoint: string;
  region: string;
  /** Bucket with the cluster's shared keys and etcd snapshots, below `k8s/<cluster>/`. */
  backupBucket: string;
  /** `s3://` folder that the OIDC documents are published in. */
  issuerLocation?: string;
  hostedZoneId?: string;
  highAvailable: boolean;
  awsIamAuthenticator: boolean;
  etcdVolumeId?: string;
  controllers: ControllerPlace[];
  labels: Record<string, string>;
  taints: Taint[];
}

/** Taint and label of every controller; kubeadm's `mark-control-plane` phase sets them on the node. */
const controllerTaints = ['node-role.kubernetes.io/master:NoSchedule'];

/** The controller of a zone. @param zone without it the machine fills in its own. */
export function controllerNode(cluster: NodeCluster, zone?: string): KubeletNode {
  const { environment, network } = cluster;
  return {
    role: 'controller',
    region: network.region,
    zone: zone ?? atBoot.zone,
    instanceType: environment.controllers.instanceType,
    labels: {},
    taints: controllerTaints,
  };
}

/** A worker of a group, which may boot in any of its zones. */
export function workerNode({ network }: NodeCluster, group: WorkerGroup): KubeletNode {
  return {
    role: 'worker',
    region: network.region,
    zone: atBoot.zone,
    instanceType: group.instanceType,
    labels: { 'kubezero-workergroup': group.name, ...group.labels },
    taints: group.taints,
  };
}

/** /etc/kubezero/node.yaml of a controller. @param machine the controller meant; without it the machine fills in which it is. */
export function describeController(
  cluster: NodeCluster,
  machine?: ControllerPlace & { etcdVolumeId: string },
): NodeDescription {
  const node = controllerNode(cluster, machine?.zone);
  return {
    ...described(cluster, node),
    nodeName: machine?.nodeName ?? atBoot.nodeName,
    etcdVolumeId: machine?.etcdVolumeId ?? atBoot.etcdVolumeId,
    hostedZoneId: cluster.network.hostedZoneId,
    issuerLocation: issuerLocation(cluster),
  };
}

/** /etc/kubezero/node.yaml of a group's workers. */
export function describeWorker(cluster: NodeCluster, group: WorkerGroup): NodeDescription {
  return { ...described(cluster, workerNode(cluster, group)), group: group.name };
}

function described(cluster: NodeCluster, node: KubeletNode): NodeDescription {
  const { environment, network, release } = cluster;
  return {
    cluster: environment.name,
    role: node.role,
    zone: node.zone,
    instanceType: node.instanceType,
    kubernetesVersion: release.kubernetesVersion,
    os: release.image.os,
    image: release.image.name,
    runtimeService: 'crio',
    criSocket: paths.criSocket,
    domain: environment.domain,
    apiEndpoint: network.apiEndpoint,
    region: network.region,
    backupBucket: network.backupBucket,
    highAvailable: isHighlyAvailable(cluster),
    awsIamAuthenticator: environment.awsIamAuthenticator.enabled,
    controllers: controllerPlaces(environment),
    labels: nodeLabels(release, node),
    taints: node.taints.map(parseTaint),
  };
}

/** `https://s3.<region>.amazonaws.com/<bucket>/<path>` as the S3 folder it is. */
function issuerLocation({ network }: NodeCluster): string {
  return network.oidcIssuer.replace(/^https:\/\/[^/]+\//, 's3://');
}
