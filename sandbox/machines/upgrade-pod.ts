import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiObject } from '../kubernetes/client.ts';
import { finishPod, startPod } from '../nodes/daemon-pods.ts';
import { parseNodeConfig } from './cloud-config.ts';
import { runKubeadm } from './host.ts';
import type { Instance, Surroundings } from './instance.ts';
import { releaseAbandonedLeases } from './leader-leases.ts';
import { localize, patchCoreDns } from './stand-ins.ts';

/** Name of the ConfigMap volume of an upgrade pod, with the new kubeadm.yaml and node.yaml. */
const volumeName = 'kubezero-upgrade';
const kubeadmFile = 'etc/kubernetes/kubeadm.yaml';

/**
 * What an upgrade pod does on the controller it runs on: the machine's kubeadm configuration becomes the new release's,
 * kubeadm of that release writes new static pods, and the kubelet replaces the processes. Etcd stays as it is.
 */
export async function runUpgradePod(pod: ApiObject, surroundings: Surroundings): Promise<void> {
  const { client, instances, log } = surroundings;
  const { namespace = 'kube-system', name } = pod.metadata;
  const instance = [...instances.values()].find((candidate) => candidate.nodeName === pod.spec.nodeName);
  await startPod(client, pod);
  try {
    if (!instance?.isController || !instance.kubelet) throw new Error(`${pod.spec.nodeName} is no controller`);
    const volumes = (pod.spec.volumes ?? []) as { name: string; configMap?: { name: string } }[];
    const configMap = volumes.find((volume) => volume.name === volumeName)?.configMap?.name;
    if (!configMap) throw new Error(`the pod has no ConfigMap volume "${volumeName}"`);
    const { data = {} } = await client.get(`/api/v1/namespaces/${namespace}/configmaps/${configMap}`);
    await upgradeController(instance, data);
    await finishPod(client, pod, 'Succeeded', `control plane of ${instance.nodeName} upgraded`);
  } catch (error) {
    log(`upgrade pod ${name}: ${(error as Error).message}`);
    await finishPod(client, pod, 'Failed', (error as Error).message);
  }
}

async function upgradeController(instance: Instance, files: Record<string, string>): Promise<void> {
  const { 'kubeadm.yaml': kubeadmConfig, 'node.yaml': nodeConfig, 'coredns.yaml': coreDns } = files;
  if (!kubeadmConfig || !nodeConfig || !coreDns)
    throw new Error('the ConfigMap lacks kubeadm.yaml, node.yaml or coredns.yaml');
  const file = join(instance.root, kubeadmFile);
  writeFileSync(file, localize(instance, file, kubeadmConfig));
  const { kubernetesVersion } = parseNodeConfig(localize(instance, 'node.yaml', nodeConfig));
  const config = ['--config', '/etc/kubernetes/kubeadm.yaml'];
  await runKubeadm(instance, ['init', 'phase', 'control-plane', 'all', ...config], kubernetesVersion);
  await instance.kubelet?.applyManifests();
  void releaseAbandonedLeases(instance.surroundings.client);
  await instance.kubelet?.ready('kube-apiserver');
  await runKubeadm(instance, ['init', 'phase', 'upload-config', 'all', ...config], kubernetesVersion);
  await runKubeadm(instance, ['init', 'phase', 'addon', 'all', ...config], kubernetesVersion);
  await patchCoreDns(instance, coreDns);
  await Promise.all(
    ['kube-controller-manager', 'kube-scheduler'].map((component) => instance.kubelet?.ready(component)),
  );
}
