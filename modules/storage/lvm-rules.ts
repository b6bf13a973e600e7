import type { KubernetesObject } from '../definition.ts';
import { alert, prometheusRule, type RuleGroup } from '../rules.ts';

const group = 'Volume group {{ $labels.name }} on {{ $labels.instance }}';
const claim = 'Claim {{ $labels.namespace }}/{{ $labels.persistentvolumeclaim }}';

const pools: RuleGroup = {
  name: 'lvm-pool',
  rules: [
    alert('LVMVolumeGroupMissingPhysicalVolume', {
      severity: 'critical',
      after: '5m',
      expr: 'lvm_vg_missing_pv_count > 0',
      summary: `${group} misses {{ $value }} physical volumes.`,
      description: 'A disk is gone, and with it the volumes that lie on it. See the kernel’s log of the machine.',
    }),
    alert('LVMVolumeGroupCapacityLow', {
      severity: 'critical',
      after: '5m',
      expr: '((lvm_vg_total_size_bytes - lvm_vg_free_size_bytes) / lvm_vg_total_size_bytes) * 100 > 90',
      summary: `${group} is {{ printf "%.0f" $value }} % full.`,
      description:
        'Soon no volume can be made or enlarged on this machine. Delete unused claims and snapshots, or add a disk.',
    }),
    alert('LVMThinPoolCapacityLow', {
      severity: 'critical',
      after: '5m',
      expr: 'lvm_lv_used_percent{segtype="thin-pool"} > 90',
      summary: 'Thin pool {{ $labels.name }} on {{ $labels.instance }} is {{ printf "%.0f" $value }} % full.',
      description: 'When it is full, writes to all its volumes fail. Enlarge the pool, or delete volumes.',
    }),
  ],
};

const claims: RuleGroup = {
  name: 'persistent-volume-claim',
  rules: [
    alert('StalePersistentVolumeClaim', {
      severity: 'info',
      after: '5m',
      expr: `kube_persistentvolumeclaim_info
unless on (namespace, persistentvolumeclaim) kube_pod_spec_volumes_persistentvolumeclaims_info`,
      summary: `${claim} isn’t used by any pod.`,
      description: 'Delete it if nothing needs its data any more.',
    }),
    alert('PendingPersistentVolumeClaim', {
      severity: 'warning',
      after: '5m',
      expr: 'kube_persistentvolumeclaim_status_phase{phase="Pending"} == 1',
      summary: `${claim} has been pending for five minutes.`,
      description:
        'Its events say why. A claim whose class waits for the first consumer is pending until a pod that uses it finds a node.',
    }),
    alert('LostPersistentVolumeClaim', {
      severity: 'warning',
      after: '5m',
      expr: 'kube_persistentvolumeclaim_status_phase{phase="Lost"} == 1',
      summary: `${claim} lost its volume.`,
      description: 'The volume it was bound to was deleted. Restore a snapshot, or delete the claim.',
    }),
  ],
};

/** As a node problem detector counts them, where there is one. */
const nodeProblem = (name: string, reason: string, what: string) =>
  alert(name, {
    severity: 'critical',
    after: '5m',
    expr: `kubelet_volume_stats_inodes * on (node) group_left (reason) problem_counter{reason="${reason}"} > 0`,
    summary: `A volume on node {{ $labels.node }} ${what}.`,
    description:
      'Among the volumes there is that of claim {{ $labels.namespace }}/{{ $labels.persistentvolumeclaim }}. See the kernel’s log of the machine; move its pods before data gets lost.',
  });

const nodes: RuleGroup = {
  name: 'volume-node',
  rules: [
    nodeProblem('VolumeNodeFileSystemIsReadOnly', 'FilesystemIsReadOnly', 'has become read-only'),
    nodeProblem('VolumeNodeExt4Error', 'Ext4Error', 'has ext4 errors'),
    nodeProblem('VolumeNodeIOError', 'IOError', 'has I/O errors'),
    nodeProblem('VolumeNodeExt4Warning', 'Ext4Warning', 'has ext4 warnings'),
  ],
};

/** Monitoring of openEBS LVM: what Prometheus scrapes and alerts on. */
export function lvmMonitoring(labels: Record<string, string>, namespace: string): KubernetesObject[] {
  return [
    {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'ServiceMonitor',
      metadata: { name: 'storage-kubezero-storage-openebs-monitoring-lvmlocalpv', namespace, labels },
      spec: {
        selector: { matchLabels: { name: 'openebs-lvm-node' } },
        namespaceSelector: { any: true },
        endpoints: [{ port: 'metrics', path: '/metrics' }],
      },
    },
    prometheusRule({ name: 'storage-kubezero-storage-prometheus-rules', namespace, labels }, [pools, claims, nodes]),
  ];
}
