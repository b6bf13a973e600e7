import type { KubernetesObject } from '../definition.ts';
import { bind, role } from '../rbac.ts';

const namespace = 'kube-system';
const crd = (resources: string[], verbs: string[]) => ({ apiGroups: ['crd.projectcalico.org'], resources, verbs });
const core = (resources: string[], verbs: string[]) => ({ apiGroups: [''], resources, verbs });
const write = ['get', 'list', 'create', 'update', 'delete'];

/** Accounts of calico-node and calico-kube-controllers, and what Calico v3.16 with the Kubernetes datastore needs. */
export function calicoAccounts(): KubernetesObject[] {
  const account = (name: string): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, namespace },
  });
  return [
    account('calico-node'),
    account('calico-kube-controllers'),
    ...bind(
      role('calico-kube-controllers', [
        core(['nodes'], ['watch', 'list', 'get']),
        core(['pods'], ['get']),
        crd(['ippools'], ['list']),
        crd(['blockaffinities', 'ipamblocks', 'ipamhandles', 'hostendpoints'], write),
        crd(['clusterinformations'], ['get', 'create', 'update']),
        crd(['kubecontrollersconfigurations'], ['get', 'create', 'update', 'watch']),
      ]),
      { name: 'calico-kube-controllers', namespace },
    ),
    ...bind(
      role('calico-node', [
        core(['pods', 'nodes', 'namespaces'], ['get', 'list', 'watch']),
        core(['serviceaccounts'], ['list', 'watch']),
        core(['endpoints', 'services'], ['watch', 'list', 'get']),
        core(['configmaps'], ['get']),
        core(['nodes/status'], ['patch', 'update']),
        core(['pods/status'], ['patch']),
        { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs: ['watch', 'list'] },
        crd(
          [
            'globalfelixconfigs',
            'felixconfigurations',
            'bgppeers',
            'globalbgpconfigs',
            'bgpconfigurations',
            'ippools',
            'ipamblocks',
            'globalnetworkpolicies',
            'globalnetworksets',
            'networkpolicies',
            'networksets',
            'clusterinformations',
            'hostendpoints',
            'blockaffinities',
          ],
          ['get', 'list', 'watch'],
        ),
        crd(
          ['ippools', 'felixconfigurations', 'clusterinformations', 'bgpconfigurations', 'bgppeers'],
          ['create', 'update'],
        ),
        crd(['blockaffinities', 'ipamblocks', 'ipamhandles'], write),
        crd(['ipamconfigs'], ['get']),
        { apiGroups: ['apps'], resources: ['daemonsets'], verbs: ['get'] },
      ]),
      { name: 'calico-node', namespace },
    ),
  ];
}
