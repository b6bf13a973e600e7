import type { KubernetesObject } from '../definition.ts';

const alert = (name: string, severity: string, expr: string, summary: string, description: string) => ({
  alert: name,
  expr,
  for: '5m',
  labels: { severity },
  annotations: { summary, description },
});

const inodesOf = (reason: string) =>
  `kubelet_volume_stats_inodes * on(node) group_left(reason) problem_counter{reason="${reason}"} > 0`;
const claim = 'Claim {{ $labels.persistentvolumeclaim }} in namespace {{ $labels.namespace }}';

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
    {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: { name: 'storage-kubezero-storage-prometheus-rules', namespace, labels },
      spec: {
        groups: [
          {
            name: 'lvm-pool',
            rules: [
              alert(
                'LVMVolumeGroupMissingPhysicalVolume',
                'critical',
                'lvm_vg_missing_pv_count > 0',
                'Volume group {{ $labels.name }} misses a physical volume.',
                'Volume group {{ $labels.name }} on {{ $labels.instance }} misses {{ $value }} physical volumes.',
              ),
              alert(
                'LVMVolumeGroupCapacityLow',
                'critical',
                '((lvm_vg_total_size_bytes - lvm_vg_free_size_bytes)/lvm_vg_total_size_bytes)*100 > 90',
                'Volume group {{ $labels.name }} is {{ $value }} % full.',
                'Volume group {{ $labels.name }} on {{ $labels.instance }} is running out of space.',
              ),
              alert(
                'LVMThinPoolCapacityLow',
                'critical',
                'lvm_lv_used_percent{segtype="thin-pool"} > 90',
                'Thin pool {{ $labels.name }} is {{ $value }} % full.',
                'Thin pool {{ $labels.name }} on {{ $labels.instance }} is running out of space.',
              ),
            ],
          },
          {
            name: 'persistent-volume-claim',
            rules: [
              alert(
                'StalePersistentVolumeClaim',
                'info',
                'kube_persistentvolumeclaim_info unless (kube_persistentvolumeclaim_info * on(persistentvolumeclaim) group_left kube_pod_spec_volumes_persistentvolumeclaims_info) == 1',
                `${claim} has no consumer.`,
                `${claim} isn’t used by any pod.`,
              ),
              alert(
                'PendingPersistentVolumeClaim',
                'warning',
                'kube_persistentvolumeclaim_status_phase{phase="Pending"} == 1',
                `${claim} is pending.`,
                `${claim} has been pending for more than five minutes.`,
              ),
              alert(
                'LostPersistentVolumeClaim',
                'warning',
                'kube_persistentvolumeclaim_status_phase{phase="Lost"} == 1',
                `${claim} lost its volume.`,
                `${claim} has been lost for more than five minutes.`,
              ),
            ],
          },
          {
            name: 'volume-node',
            rules: [
              ['VolumeNodeFileSystemIsReadOnly', 'FilesystemIsReadOnly', 'has become read-only'],
              ['VolumeNodeExt4Error', 'Ext4Error', 'has ext4 errors'],
              ['VolumeNodeIOError', 'IOError', 'has I/O errors'],
              ['VolumeNodeExt4Warning', 'Ext4Warning', 'has ext4 warnings'],
            ].map(([name, reason, what]) =>
              alert(
                name!,
                'critical',
                inodesOf(reason!),
                `A volume on node {{ $labels.node }} ${what}.`,
                `The volume of claim {{ $labels.persistentvolumeclaim }} on node {{ $labels.node }} ${what}.`,
              ),
            ),
          },
        ],
      },
    },
  ];
}
