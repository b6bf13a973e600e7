import { asOf } from '../../releases/range.ts';
import type { Release } from '../../releases/release.ts';
import { controlPlane } from '../conventions.ts';
import type { KubernetesObject } from '../definition.ts';
import { calicoAccounts } from './calico-rbac.ts';
import type { NetworkValues } from './schema.ts';

const namespace = 'kube-system';
const imageTag = { '1.21': 'v3.16.5', '1.22': 'v3.16.10' };

type CalicoValues = NetworkValues['calico'];

/** Calico on every node, over VXLAN with its own IPAM, and its single controller. */
export function calico(release: Release, values: CalicoValues): KubernetesObject[] {
  const tag = values.image.tag || asOf(release, imageTag);
  return [
    ...calicoAccounts(),
    configuration(values),
    daemonSet(release, values, tag),
    controllers(tag),
    ...monitoring(values),
  ];
}

function configuration(values: CalicoValues): KubernetesObject {
  // Calico's install-cni container fills the placeholders, among them a bare number: hence not JSON.
  const cni = `{
  "name": "k8s-pod-network",
  "cniVersion": "0.3.1",
  "plugins": [
    {
      "type": "calico",
      "log_level": "info",
      "log_file_path": "/var/log/calico/cni/cni.log",
      "datastore_type": "kubernetes",
      "nodename": "__KUBERNETES_NODE_NAME__",
      "mtu": __CNI_MTU__,
      "ipam": { "type": "calico-ipam" },
      "policy": { "type": "k8s" },
      "kubernetes": { "kubeconfig": "__KUBECONFIG_FILEPATH__" }
    },
    { "type": "portmap", "snat": true, "capabilities": { "portMappings": true } },
    { "type": "bandwidth", "capabilities": { "bandwidth": true } }
  ]
}`;
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'calico-config', namespace },
    data: {
      typha_service_name: 'none',
      calico_backend: values.network,
      veth_mtu: String(values.mtu),
      cni_network_config: cni,
    },
  };
}

function daemonSet(release: Release, values: CalicoValues, tag: string): KubernetesObject {
  const labels = { 'k8s-app': 'calico-node' };
  const fromConfig = (name: string, key: string) => ({
    name,
    valueFrom: { configMapKeyRef: { name: 'calico-config', key } },
  });
  const nodeName = (name: string) => ({ name, valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } });
  const set = (name: string, value: string) => ({ name, value });
  const hostPath = (name: string, path: string, type?: string) => ({
    name,
    hostPath: type ? { path, type } : { path },
  });
  const endpoint = [{ configMapRef: { name: 'kubernetes-services-endpoint', optional: true } }];
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'calico-node', namespace, labels },
    spec: {
      selector: { matchLabels: labels },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
      template: {
        metadata: { labels },
        spec: {
          nodeSelector: { 'kubernetes.io/os': 'linux' },
          hostNetwork: true,
          tolerations: [
            { effect: 'NoSchedule', operator: 'Exists' },
            { key: 'CriticalAddonsOnly', operator: 'Exists' },
            { effect: 'NoExecute', operator: 'Exists' },
          ],
          serviceAccountName: 'calico-node',
          terminationGracePeriodSeconds: 0,
          priorityClassName: 'system-node-critical',
          initContainers: [
            {
              name: 'install-cni',
              image: `calico/cni:${tag}`,
              command: ['/opt/cni/bin/install'],
              envFrom: endpoint,
              env: [
                set('CNI_CONF_NAME', '10-calico.conflist'),
                fromConfig('CNI_NETWORK_CONFIG', 'cni_network_config'),
                nodeName('KUBERNETES_NODE_NAME'),
                fromConfig('CNI_MTU', 'veth_mtu'),
                set('SLEEP', 'false'),
              ],
              volumeMounts: [
                { mountPath: '/host/opt/cni/bin', name: 'cni-bin-dir' },
                { mountPath: '/host/etc/cni/net.d', name: 'cni-net-dir' },
              ],
              securityContext: { privileged: true },
            },
            {
              name: 'flexvol-driver',
              image: `calico/pod2daemon-flexvol:${tag}`,
              volumeMounts: [{ name: 'flexvol-driver-host', mountPath: '/host/driver' }],
              securityContext: { privileged: true },
            },
          ],
          containers: [
            {
              name: 'calico-node',
              image: `calico/node:${tag}`,
              envFrom: endpoint,
              env: [
                set('DATASTORE_TYPE', 'kubernetes'),
                set('WAIT_FOR_DATASTORE', 'true'),
                nodeName('NODENAME'),
                fromConfig('CALICO_NETWORKING_BACKEND', 'calico_backend'),
                set('CLUSTER_TYPE', 'k8s,kubeadm'),
                set('IP', 'autodetect'),
                set('CALICO_IPV4POOL_IPIP', 'Never'),
                set('CALICO_IPV4POOL_VXLAN', 'Always'),
                fromConfig('FELIX_IPINIPMTU', 'veth_mtu'),
                fromConfig('FELIX_VXLANMTU', 'veth_mtu'),
                fromConfig('FELIX_WIREGUARDMTU', 'veth_mtu'),
                // KubeZero's machines switch the check off in EC2 itself.
                set('FELIX_AWSSRCDSTCHECK', 'DoNothing'),
                set('CALICO_DISABLE_FILE_LOGGING', 'true'),
                set('FELIX_DEFAULTENDPOINTTOHOSTACTION', 'ACCEPT'),
                set('FELIX_IPV6SUPPORT', 'false'),
                set('FELIX_LOGSEVERITYSCREEN', values.loglevel),
                set('FELIX_LOGSEVERITYFILE', values.loglevel),
                set('FELIX_LOGSEVERITYSYS', ''),
                set('FELIX_PROMETHEUSGOMETRICSENABLED', String(values.prometheus)),
                set('FELIX_PROMETHEUSMETRICSENABLED', String(values.prometheus)),
                set('FELIX_HEALTHENABLED', 'true'),
              ],
              securityContext: { privileged: true },
              resources: { requests: { cpu: '50m' } },
              livenessProbe: {
                exec: { command: ['/bin/calico-node', '-felix-live'] },
                periodSeconds: 10,
                initialDelaySeconds: 10,
                failureThreshold: 6,
              },
              readinessProbe: { exec: { command: ['/bin/calico-node', '-felix-ready'] }, periodSeconds: 10 },
              volumeMounts: [
                { mountPath: '/lib/modules', name: 'lib-modules', readOnly: true },
                { mountPath: '/run/xtables.lock', name: 'xtables-lock', readOnly: false },
                { mountPath: '/var/run/calico', name: 'var-run-calico', readOnly: false },
                { mountPath: '/var/lib/calico', name: 'var-lib-calico', readOnly: false },
                { name: 'policysync', mountPath: '/var/run/nodeagent' },
                {
                  name: 'sysfs',
                  mountPath: '/sys/fs/',
                  // Alpine hosts mount bpffs themselves and have no shared mounts to propagate to.
                  ...(release.image.init === 'systemd' ? { mountPropagation: 'Bidirectional' } : {}),
                },
              ],
            },
          ],
          volumes: [
            hostPath('lib-modules', '/lib/modules'),
            hostPath('var-run-calico', '/var/run/calico'),
            hostPath('var-lib-calico', '/var/lib/calico'),
            hostPath('xtables-lock', '/run/xtables.lock', 'FileOrCreate'),
            hostPath('sysfs', '/sys/fs/', 'DirectoryOrCreate'),
            hostPath('cni-bin-dir', release.cni.binDir),
            hostPath('cni-net-dir', '/etc/cni/net.d'),
            hostPath('policysync', '/var/run/nodeagent', 'DirectoryOrCreate'),
            hostPath(
              'flexvol-driver-host',
              '/usr/libexec/kubernetes/kubelet-plugins/volume/exec/nodeagent~uds',
              'DirectoryOrCreate',
            ),
          ],
        },
      },
    },
  };
}

function controllers(tag: string): KubernetesObject {
  const labels = { 'k8s-app': 'calico-kube-controllers' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'calico-kube-controllers', namespace, labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      strategy: { type: 'Recreate' },
      template: {
        metadata: { labels },
        spec: {
          nodeSelector: { 'kubernetes.io/os': 'linux', ...controlPlane.nodeSelector },
          tolerations: [{ key: 'CriticalAddonsOnly', operator: 'Exists' }, ...controlPlane.tolerations],
          serviceAccountName: 'calico-kube-controllers',
          priorityClassName: 'system-cluster-critical',
          containers: [
            {
              name: 'calico-kube-controllers',
              image: `calico/kube-controllers:${tag}`,
              env: [
                { name: 'ENABLED_CONTROLLERS', value: 'node' },
                { name: 'DATASTORE_TYPE', value: 'kubernetes' },
              ],
              readinessProbe: { exec: { command: ['/usr/bin/check-status', '-r'] } },
              resources: { requests: { cpu: '50m' } },
            },
          ],
        },
      },
    },
  };
}

function monitoring(values: CalicoValues): KubernetesObject[] {
  if (!values.prometheus) return [];
  const labels = { 'k8s-app': 'calico-node' };
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'calico-node', namespace, labels },
      spec: {
        type: 'ClusterIP',
        clusterIP: 'None',
        ports: [{ name: 'metrics', port: 9091, protocol: 'TCP', targetPort: 9091 }],
        selector: labels,
      },
    },
    {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'ServiceMonitor',
      metadata: { name: 'calico-node', namespace, labels: { ...labels, release: 'metrics' } },
      spec: {
        jobLabel: 'k8s-app',
        selector: { matchLabels: labels },
        namespaceSelector: { matchNames: [namespace] },
        endpoints: [{ port: 'metrics' }],
      },
    },
  ];
}
