import type { Release } from '../../releases/release.ts';
import { hasNeuron, paths } from './cluster.ts';
import { protectsKernelDefaults } from './kubelet.ts';
import type { MachineFile } from './machine-file.ts';

/** Kernel modules and sysctls of a machine, which the step `names` loads and sets, in this order, at every boot. */
export function kernelFiles(release: Release, instanceType: string): MachineFile[] {
  // kube-proxy in ipvs mode needs the first four; br_netfilter and overlay are cri-o's.
  const modules = ['ip_vs', 'ip_vs_rr', 'ip_vs_wrr', 'ip_vs_sh', 'br_netfilter', 'overlay'];
  if (hasNeuron(release, instanceType)) modules.push('neuron');
  const sysctls = { ...forwarding, ...(protectsKernelDefaults(release) ? kubeletDefaults : {}) };
  return [
    { path: paths.modules, content: `${modules.join('\n')}\n` },
    {
      path: paths.sysctls,
      content: Object.entries(sysctls)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(''),
    },
  ];
}

/** Packets of pods: kubeadm refuses a machine without the first two. */
const forwarding = {
  'net.ipv4.ip_forward': 1,
  'net.bridge.bridge-nf-call-iptables': 1,
  'net.bridge.bridge-nf-call-ip6tables': 1,
};

/** What a kubelet that leaves the kernel alone (`protectKernelDefaults`) refuses to start without. */
const kubeletDefaults = {
  'vm.overcommit_memory': 1,
  'vm.panic_on_oom': 0,
  'kernel.panic': 10,
  'kernel.panic_on_oops': 1,
  'kernel.keys.root_maxkeys': 1_000_000,
  'kernel.keys.root_maxbytes': 25_000_000,
};
