import type { V1Node, V1NodeCondition, V1Pod, V1PodCondition } from '@kubernetes/client-node';

export const pod = (name: string, spec: object) => ({
  metadata: { name },
  spec: { containers: [{ name: 'a', image: 'a' }], ...spec },
});

export const isReady = (object: V1Node | V1Pod) =>
  object.status?.conditions?.some((c: V1NodeCondition | V1PodCondition) => c.type === 'Ready' && c.status === 'True');
/** Conditions of a pod whose containers are ready, and which isn't because of its node. */
export const conditionsOf = (ready: string) =>
  Object.entries({ Initialized: 'True', PodScheduled: 'True', ContainersReady: 'True', Ready: ready }).map(
    ([type, found]) => ({ type, status: found }),
  );

/** A network plugin as far as kubelets see of it: a DaemonSet that has the directory of network configurations. */
export const networkPlugin = {
  metadata: { name: 'network' },
  spec: {
    selector: { matchLabels: { app: 'network' } },
    template: {
      metadata: { labels: { app: 'network' } },
      spec: {
        hostNetwork: true,
        tolerations: [{ operator: 'Exists' }],
        containers: [{ name: 'cni', image: 'cni', volumeMounts: [{ name: 'net', mountPath: '/host/etc/cni/net.d' }] }],
        volumes: [{ name: 'net', hostPath: { path: '/etc/cni/net.d' } }],
      },
    },
  },
};
