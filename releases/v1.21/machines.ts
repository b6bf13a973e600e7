import type { MachineFacts } from '../definition.ts';

export const machines: MachineFacts = {
  featureGates: [
    'CustomCPUCFSQuotaPeriod',
    'GenericEphemeralVolume',
    'InTreePluginAWSUnregister',
    'InTreePluginAzureDiskUnregister',
    'InTreePluginAzureFileUnregister',
    'InTreePluginGCEUnregister',
    'InTreePluginOpenStackUnregister',
  ],
  kubeadm: {
    apiVersion: 'v1beta2',
    patchesInConfiguration: false,
    imageTags: { etcd: '3.4.13-0', pause: '3.4.1' },
  },
  kubelet: {
    systemReserved: { memory: '256Mi', 'ephemeral-storage': '2Gi' },
    kubeReserved: { cpu: '70m', memory: '128Mi' },
    kernelMemcgNotification: true,
    ecrCredentialProvider: false,
    instanceTypeLabel: false,
  },
  etcdRequests: { 'ephemeral-storage': '1Gi' },
  neuron: false,
};
