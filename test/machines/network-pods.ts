/**
 * In place of the network module: pods whose stand-in writes the network's configuration where the runtime looks for it, which
 * makes nodes ready.
 */
export const networkPods = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: 'network', namespace: 'kube-system' },
  spec: {
    selector: { matchLabels: { app: 'network' } },
    template: {
      metadata: { labels: { app: 'network' } },
      spec: {
        hostNetwork: true,
        tolerations: [{ operator: 'Exists' }],
        containers: [
          {
            name: 'network',
            image: 'example.com/network:1',
            volumeMounts: [{ name: 'net', mountPath: '/host/etc/cni/net.d' }],
          },
        ],
        volumes: [{ name: 'net', hostPath: { path: '/etc/cni/net.d', type: 'DirectoryOrCreate' } }],
      },
    },
  },
};
