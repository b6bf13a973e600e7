import type { MachineFacts } from '../definition.ts';

export const machines: MachineFacts = {
  featureGates: ['CustomCPUCFSQuotaPeriod', 'GenericEphemeralVolume', 'KubeletCredentialProviders'],
  kubeadm: {
    // kubeadm 1.22 reads v1beta2 too, and drops it later.
    apiVersion: 'v1beta3',
    patchesInConfiguration: true,
    imageTags: { etcd: '3.5.0-0', pause: '3.5' },
  },
  kubelet: {
    // A smaller system: Alpine instead of Ubuntu, crun instead of runc.
    systemReserved: { memory: '96Mi' },
    kubeReserved: { cpu: '70m', memory: '96Mi' },
    ecrCredentialProvider: true,
    instanceTypeLabel: true,
  },
  etcdRequests: {},
  neuron: true,
};
