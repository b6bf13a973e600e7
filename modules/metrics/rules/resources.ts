import { alert, type RuleGroup } from '../../rules.ts';
import { kubelet, stateMetrics } from './jobs.ts';

/** What all nodes but the largest one offer. */
const spare = (resource: string) => {
  const allocatable = `kube_node_status_allocatable{resource="${resource}"}`;
  return `(sum(${allocatable}) - max(${allocatable}))`;
};
const overcommitted = (resource: string) =>
  `sum(namespace_${resource}:kube_pod_container_resource_requests:sum) - ${spare(resource)} > 0 and ${spare(resource)} > 0`;
const quotaOvercommitted = (resource: string) =>
  `sum(kube_resourcequota{${stateMetrics},type="hard",resource="${resource}"})
  / sum(kube_node_status_allocatable{resource="${resource}",${stateMetrics}}) > 1.5`;
const quotaUsed = `kube_resourcequota{${stateMetrics},type="used"}
  / ignoring (instance, job, type) (kube_resourcequota{${stateMetrics},type="hard"} > 0)`;
const quota = 'quota of {{ $labels.resource }} in namespace {{ $labels.namespace }}';

const volume = (what: string) => `kubelet_volume_stats_${what}_bytes{${kubelet}}`;
const volumeBelow = (share: number) =>
  `(${volume('available')} / ${volume('capacity')}) < ${share} and ${volume('used')} > 0`;
const claim = 'Volume {{ $labels.namespace }}/{{ $labels.persistentvolumeclaim }}';
const enlarge =
  'Enlarge the claim (EBS and LVM volumes grow while in use), or clean up. Most databases stop or lose data on a full volume.';

/** Requests against what nodes offer, and quotas. */
export const resourceRules: RuleGroup = {
  name: 'kubernetes-resources',
  rules: [
    alert('KubeCPUOvercommit', {
      severity: 'warning',
      after: '10m',
      expr: overcommitted('cpu'),
      summary: 'Pods request more CPU than the cluster has without its largest node.',
      description: 'If a node fails, {{ $value }} CPUs worth of pods find no place. Add nodes, or lower requests.',
    }),
    alert('KubeMemoryOvercommit', {
      severity: 'warning',
      after: '10m',
      expr: overcommitted('memory'),
      summary: 'Pods request more memory than the cluster has without its largest node.',
      description:
        'If a node fails, {{ $value | humanize1024 }}B worth of pods find no place. Add nodes, or lower requests.',
    }),
    alert('KubeCPUQuotaOvercommit', {
      severity: 'warning',
      after: '5m',
      expr: quotaOvercommitted('cpu'),
      summary: 'Quotas of namespaces add up to more CPU than the cluster has.',
      description: 'They promise {{ $value | humanizePercentage }} of what there is. Add nodes, or lower quotas.',
    }),
    alert('KubeMemoryQuotaOvercommit', {
      severity: 'warning',
      after: '5m',
      expr: quotaOvercommitted('memory'),
      summary: 'Quotas of namespaces add up to more memory than the cluster has.',
      description: 'They promise {{ $value | humanizePercentage }} of what there is. Add nodes, or lower quotas.',
    }),
    alert('KubeQuotaAlmostFull', {
      severity: 'info',
      after: '15m',
      expr: `${quotaUsed} > 0.9 < 1`,
      summary: `The ${quota} is nearly used up.`,
      description: '{{ $value | humanizePercentage }} are in use. Pods beyond it are refused.',
    }),
    alert('KubeQuotaFullyUsed', {
      severity: 'info',
      after: '15m',
      expr: `${quotaUsed} == 1`,
      summary: `The ${quota} is used up.`,
      description: 'New pods are refused, those of rolling updates too.',
    }),
    alert('KubeQuotaExceeded', {
      severity: 'warning',
      after: '15m',
      expr: `${quotaUsed} > 1`,
      summary: `The ${quota} is exceeded.`,
      description:
        '{{ $value | humanizePercentage }} are in use: it was lowered below what runs. Pods that end aren’t replaced.',
    }),
    alert('CPUThrottlingHigh', {
      severity: 'info',
      after: '15m',
      expr: `sum by (container, pod, namespace) (increase(container_cpu_cfs_throttled_periods_total{container!=""}[5m]))
  / sum by (container, pod, namespace) (increase(container_cpu_cfs_periods_total[5m]))
  > (25 / 100)`,
      summary: 'Pod {{ $labels.namespace }}/{{ $labels.pod }} is slowed down by its CPU limit.',
      description:
        'Container {{ $labels.container }} was stopped in {{ $value | humanizePercentage }} of the periods. If it is slow, raise its CPU limit.',
    }),
  ],
};

/** Volumes: space, and volumes that can’t be provided. */
export const storageRules: RuleGroup = {
  name: 'kubernetes-storage',
  rules: [
    alert('KubePersistentVolumeFillingUp', {
      severity: 'critical',
      after: '1m',
      expr: volumeBelow(0.03),
      summary: `${claim} is full but for {{ $value | humanizePercentage }}.`,
      description: enlarge,
    }),
    alert('KubePersistentVolumeFillingUp', {
      severity: 'warning',
      after: '1h',
      expr: `${volumeBelow(0.15)} and predict_linear(${volume('available')}[6h], 4 * 24 * 3600) < 0`,
      summary: `${claim} will be full within four days.`,
      description: `{{ $value | humanizePercentage }} are left. ${enlarge}`,
    }),
    alert('KubePersistentVolumeErrors', {
      severity: 'critical',
      after: '5m',
      expr: `kube_persistentvolume_status_phase{phase=~"Failed|Pending",${stateMetrics}} > 0`,
      summary: 'Volume {{ $labels.persistentvolume }} is in phase {{ $labels.phase }}.',
      description: 'Its events, and the log of the CSI controller in kube-system, say what went wrong.',
    }),
  ],
};
