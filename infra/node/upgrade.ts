import type { Release } from '../../releases/release.ts';
import type { Environment } from '../../stacks/environment.ts';
import type { NetworkOutputs } from '../../stacks/outputs.ts';
import type { ControllerPlace } from './cluster.ts';
import { coreDnsPatch } from './coredns.ts';
import { controllerKubeadm } from './kubeadm.ts';
import { controllerNode, describeController } from './node-description.ts';
import { toYaml } from './yaml.ts';

/** The controllers in the order of their zones, from the controllers layer's output `nodeNames` (by zone). */
export function controllerTopology(nodeNames: Record<string, string>): ControllerPlace[] {
  return Object.entries(nodeNames)
    .map(([zone, nodeName]) => ({ zone, nodeName }))
    .sort((a, b) => a.zone.localeCompare(b.zone));
}

/**
 * What the in-place upgrade puts on a controller: the kubeadm.yaml and node.yaml of the new release, and the patch of
 * CoreDNS that it ends with. All hold for any controller; the machine's own values stand in them as placeholders (`${ADDRESS}`, `${NODE_NAME}`, `${ZONE}`,
 * `${PROVIDER_ID}`, `${ETCD_...}`; see /etc/kubezero/instance.env), which whoever puts them there fills in.
 */
export function upgradeConfiguration(
  environment: Environment,
  network: NetworkOutputs,
  release: Release,
): { 'kubeadm.yaml': string; 'node.yaml': string; 'coredns.yaml': string } {
  const cluster = { environment, network, release };
  return {
    'kubeadm.yaml': controllerKubeadm(cluster, controllerNode(cluster)),
    'node.yaml': toYaml(describeController(cluster)),
    'coredns.yaml': toYaml(coreDnsPatch(cluster)),
  };
}
