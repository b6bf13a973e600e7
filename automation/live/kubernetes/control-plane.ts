import type { V1Pod } from '@kubernetes/client-node';
import { parse } from 'yaml';
import { type Cluster, find } from './client.ts';
import { podReason, podWait, type Wait } from './health.ts';

const components = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'etcd'] as const;
export type ControlPlaneComponent = (typeof components)[number];

/** Static pods of the control plane by component: one mirror pod per controller. */
export async function controlPlanePods(cluster: Cluster): Promise<Record<ControlPlaneComponent, V1Pod[]>> {
  const { items } = await cluster.core.listNamespacedPod({
    namespace: 'kube-system',
    labelSelector: 'tier=control-plane',
  });
  const of = (component: string) => items.filter((pod) => pod.metadata?.labels?.component === component);
  return {
    'kube-apiserver': of('kube-apiserver'),
    'kube-controller-manager': of('kube-controller-manager'),
    'kube-scheduler': of('kube-scheduler'),
    etcd: of('etcd'),
  };
}

/** Version (image tag without `v`) that a static pod runs. */
export function imageVersion(pod: V1Pod): string {
  return pod.spec?.containers[0]?.image?.split(':').at(-1)?.replace(/^v/, '') ?? '';
}

/** Versions of the API servers by controller node. */
export async function apiServerVersions(cluster: Cluster): Promise<Record<string, string>> {
  const pods = (await controlPlanePods(cluster))['kube-apiserver'];
  return Object.fromEntries(pods.map((pod) => [pod.spec?.nodeName ?? '', imageVersion(pod)]));
}

/**
 * What is missing for a whole control plane: every controller with a Ready etcd member, API server,
 * controller-manager and scheduler. An etcd pod is Ready while its member answers its health probe.
 */
export async function incompleteControlPlane(cluster: Cluster, controllers: string[]): Promise<Wait[]> {
  const pods = await controlPlanePods(cluster);
  return components.flatMap((component) =>
    controllers.flatMap((node) => {
      const pod = pods[component].find((candidate) => candidate.spec?.nodeName === node);
      if (!pod) return [{ object: `Pod kube-system/${component}-${node}`, reason: 'not there' }];
      const reason = podReason(pod);
      return reason ? [podWait(pod, reason)] : [];
    }),
  );
}

/** ClusterConfiguration that kubeadm keeps in the cluster: which cluster this is, and at which version. */
export interface ClusterConfiguration {
  clusterName: string;
  kubernetesVersion: string;
  controlPlaneEndpoint: string;
}

/** Undefined where the cluster was not made by kubeadm. */
export async function clusterConfiguration(cluster: Pick<Cluster, 'core'>): Promise<ClusterConfiguration | undefined> {
  const map = await find(cluster.core.readNamespacedConfigMap({ name: 'kubeadm-config', namespace: 'kube-system' }));
  const text = map?.data?.ClusterConfiguration;
  if (!text) return undefined;
  const { clusterName = 'kubernetes', kubernetesVersion = '', controlPlaneEndpoint = '' } = parse(text);
  return { clusterName, kubernetesVersion: String(kubernetesVersion).replace(/^v/, ''), controlPlaneEndpoint };
}
