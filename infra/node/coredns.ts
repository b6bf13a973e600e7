import { controllerPlaces, type NodeCluster } from './cluster.ts';

/**
 * What KubeZero changes on kubeadm's CoreDNS: on the control plane, one pod per controller (at most three), with less
 * CPU reserved than it asks for by itself. kubeadm's addon phase sets the Deployment back, so whoever runs that
 * phase patches it again.
 */
export function coreDnsPatch({ environment }: Pick<NodeCluster, 'environment'>): object {
  return {
    spec: {
      replicas: Math.min(3, controllerPlaces(environment).length),
      template: {
        spec: {
          containers: [
            { name: 'coredns', resources: { requests: { cpu: '100m', memory: '32Mi' }, limits: { memory: '128Mi' } } },
          ],
          nodeSelector: { 'node-role.kubernetes.io/control-plane': '' },
          affinity: {
            podAntiAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: [
                {
                  labelSelector: { matchExpressions: [{ key: 'k8s-app', operator: 'In', values: ['kube-dns'] }] },
                  topologyKey: 'kubernetes.io/hostname',
                },
              ],
            },
          },
        },
      },
    },
  };
}
