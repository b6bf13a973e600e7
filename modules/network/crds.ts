import { openCrd } from '../crd.ts';
import type { KubernetesObject } from '../definition.ts';

/** Networks that pods can attach to in addition to the cluster's own (multus). */
export const networkAttachmentDefinition: KubernetesObject = openCrd({
  group: 'k8s.cni.cncf.io',
  kind: 'NetworkAttachmentDefinition',
  plural: 'network-attachment-definitions',
  singular: 'network-attachment-definition',
  shortNames: ['net-attach-def'],
  versions: [
    {
      name: 'v1',
      storage: true,
      schema: {
        type: 'object',
        properties: {
          apiVersion: { type: 'string' },
          kind: { type: 'string' },
          // A CNI configuration as JSON text.
          spec: { type: 'object', properties: { config: { type: 'string' } } },
        },
      },
    },
  ],
});

const calicoKinds: [kind: string, plural: string, scope: 'Namespaced' | 'Cluster'][] = [
  ['BGPConfiguration', 'bgpconfigurations', 'Cluster'],
  ['BGPPeer', 'bgppeers', 'Cluster'],
  ['BlockAffinity', 'blockaffinities', 'Cluster'],
  ['ClusterInformation', 'clusterinformations', 'Cluster'],
  ['FelixConfiguration', 'felixconfigurations', 'Cluster'],
  ['GlobalNetworkPolicy', 'globalnetworkpolicies', 'Cluster'],
  ['GlobalNetworkSet', 'globalnetworksets', 'Cluster'],
  ['HostEndpoint', 'hostendpoints', 'Cluster'],
  ['IPAMBlock', 'ipamblocks', 'Cluster'],
  ['IPAMConfig', 'ipamconfigs', 'Cluster'],
  ['IPAMHandle', 'ipamhandles', 'Cluster'],
  ['IPPool', 'ippools', 'Cluster'],
  ['KubeControllersConfiguration', 'kubecontrollersconfigurations', 'Cluster'],
  ['NetworkPolicy', 'networkpolicies', 'Namespaced'],
  ['NetworkSet', 'networksets', 'Namespaced'],
];

/** Calico's datastore in the Kubernetes API, as of v3.16. */
export const calicoCrds: KubernetesObject[] = calicoKinds.map(([kind, plural, scope]) =>
  openCrd({ group: 'crd.projectcalico.org', kind, plural, scope, versions: [{ name: 'v1', storage: true }] }),
);
