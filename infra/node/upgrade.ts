import type { Environment } from '../../environment/environment.ts';
import type { NetworkOutputs } from '../../environment/outputs.ts';
import type { Release } from '../../releases/release.ts';
import type { ControllerPlace } from './cluster.ts';
import { coreDnsPatch } from './coredns.ts';
import { controllerKubeadm } from './kubeadm.ts';
import { controllerNode } from './node-description.ts';
import { toYaml } from './yaml.ts';

/** The controllers in the order of their zones, from the controllers layer's output `nodeNames` (by zone). */
export function controllerTopology(nodeNames: Record<string, string>): ControllerPlace[] {
  return Object.entries(nodeNames)
    .map(([zone, nodeName]) => ({ zone, nodeName }))
    .sort((a, b) => a.zone.localeCompare(b.zone));
}

/**
 * What the in-place upgrade brings to a controller: the kubeadm.yaml of the new release, and the patch of CoreDNS that
 * it ends with. Both hold for any controller; what only the machine knows stands in them as placeholders (`${ADDRESS}`,
 * `${NODE_NAME}`, `${ETCD_...}`), which its boot program has noted in /run/kubezero/instance.env.
 */
export function upgradeConfiguration(
  environment: Environment,
  network: NetworkOutputs,
  release: Release,
): { 'kubeadm.yaml': string; 'coredns.yaml': string } {
  const cluster = { environment, network, release };
  return {
    'kubeadm.yaml': controllerKubeadm(cluster, controllerNode(cluster)),
    'coredns.yaml': toYaml(coreDnsPatch(cluster)),
  };
}
