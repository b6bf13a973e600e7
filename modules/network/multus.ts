import type { Release } from '../../releases/release.ts';
import type { KubernetesObject } from '../definition.ts';
import { bind, role } from '../rbac.ts';

const namespace = 'kube-system';
const labels = { tier: 'node', app: 'multus', name: 'multus' };

/** multus: lets pods have further network interfaces; a meta-plugin in front of the cluster's own CNI plugin. */
export function multus(release: Release, tag: string): KubernetesObject[] {
  const { binDir } = release.cni;
  const hostBinDir = `/host${binDir}`;
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'multus', namespace } },
    ...bind(
      role('multus', [
        { apiGroups: ['k8s.cni.cncf.io'], resources: ['*'], verbs: ['*'] },
        { apiGroups: [''], resources: ['pods', 'pods/status'], verbs: ['get', 'update'] },
        { apiGroups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch', 'update'] },
      ]),
      { name: 'multus', namespace },
    ),
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'multus-cni-config', namespace, labels: { tier: 'node', app: 'multus' } },
      data: {
        // Only read when multus is told to use it instead of `--multus-conf-file=auto`.
        'cni-conf.json': `${JSON.stringify(
          {
            cniVersion: '0.3.1',
            name: 'multus-cni-network',
            type: 'multus',
            kubeconfig: '/etc/cni/net.d/multus.d/multus.kubeconfig',
            delegates: [{ cniVersion: '0.3.1', name: 'cilium', type: 'cilium-cni', 'enable-debug': false }],
          },
          null,
          2,
        )}\n`,
      },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'kube-multus-ds', namespace, labels },
      spec: {
        selector: { matchLabels: { name: 'multus' } },
        updateStrategy: { type: 'RollingUpdate' },
        template: {
          metadata: { labels },
          spec: {
            hostNetwork: true,
            tolerations: [
              { operator: 'Exists', effect: 'NoSchedule' },
              { operator: 'Exists', effect: 'NoExecute' },
            ],
            serviceAccountName: 'multus',
            containers: [
              {
                name: 'kube-multus',
                image: `ghcr.io/k8snetworkplumbingwg/multus-cni:${tag}`,
                command: ['/entrypoint.sh'],
                args: [
                  '--multus-conf-file=auto',
                  '--rename-conf-file=true',
                  // multus' own default is /host/opt/cni/bin.
                  ...(binDir === '/opt/cni/bin' ? [] : [`--cni-bin-dir=${hostBinDir}`]),
                  '--cni-version=0.3.1',
                ],
                resources: {
                  requests: { cpu: '100m', memory: '50Mi' },
                  limits: { cpu: '100m', memory: '50Mi' },
                },
                securityContext: { privileged: true, capabilities: { add: ['SYS_ADMIN'] } },
                volumeMounts: [
                  { name: 'run', mountPath: '/run' },
                  { name: 'cni', mountPath: '/host/etc/cni/net.d' },
                  { name: 'cnibin', mountPath: hostBinDir },
                  { name: 'multus-cfg', mountPath: '/tmp/multus-conf' },
                ],
              },
            ],
            terminationGracePeriodSeconds: 10,
            volumes: [
              { name: 'run', hostPath: { path: '/run' } },
              { name: 'cni', hostPath: { path: '/etc/cni/net.d' } },
              { name: 'cnibin', hostPath: { path: binDir } },
              {
                name: 'multus-cfg',
                configMap: { name: 'multus-cni-config', items: [{ key: 'cni-conf.json', path: '70-multus.conf' }] },
              },
            ],
          },
        },
      },
    },
  ];
}
