import { join } from 'node:path';
import { apiAddress } from '../addresses.ts';
import type { Instance } from '../instance.ts';
import { rewriteKubeconfigs } from '../kubeadm.ts';

/** Runs kubeadm in a machine's root directory, at the machine's Kubernetes version unless told otherwise; what it printed. */
export async function runKubeadm(
  instance: Instance,
  args: string[],
  version = instance.config?.kubernetesVersion ?? '',
): Promise<string> {
  const { kubeadm, number } = instance.surroundings;
  const output = await kubeadm(version, instance.root, args, instance.power.signal);
  if (args[0] === 'init') instance.log(`kubeadm ${args.slice(0, 4).join(' ')}: ${output.split('\n').at(-1) ?? ''}`);
  if (args.includes('kubeconfig')) {
    const { machine, config, loopback, root } = instance;
    rewriteKubeconfigs(join(root, 'etc/kubernetes'), {
      localServer: `https://${loopback}:6443`,
      privateAddress: machine.privateIp,
      sharedServer: `https://${apiAddress(number)}:6443`,
      serverName: config?.apiEndpoint.split(':')[0] ?? 'kubernetes',
    });
  }
  return output;
}

/** `kubeadm init phase ...` with the machine's configuration. */
export async function initPhase(instance: Instance, ...names: string[]): Promise<void> {
  await runKubeadm(instance, ['init', 'phase', ...names, '--config', '/etc/kubernetes/kubeadm.yaml']);
}
