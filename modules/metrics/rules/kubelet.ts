import { alert, type RuleGroup } from '../../rules.ts';
import { kubelet, stateMetrics } from './jobs.ts';

const node = 'Node {{ $labels.node }}';
const ready = 'condition="Ready",status="true"';
const impendingEnd =
  'key=~"ToBeDeletedByClusterAutoscaler|cloud.google.com/impending-node-termination|aws-node-termination-handler/spot-itn"';

const expires = (which: 'client' | 'server', severity: 'warning' | 'critical', seconds: number, period: string) =>
  alert(`Kubelet${which === 'client' ? 'Client' : 'Server'}CertificateExpiration`, {
    severity,
    expr: `kubelet_certificate_manager_${which}_ttl_seconds < ${seconds}`,
    summary: `The kubelet of node {{ $labels.node }} has a ${which} certificate that expires within a ${period}.`,
    description: `It expires in {{ $value | humanizeDuration }} and should have been renewed. ${
      which === 'client'
        ? 'Without it the node drops out of the cluster.'
        : 'Without it logs, exec and metrics of its pods fail.'
    } Replace the machine.`,
  });

/** Nodes as the cluster sees them, and their kubelets. */
export const kubeletRules: RuleGroup = {
  name: 'kubernetes-system-kubelet',
  rules: [
    alert('KubeNodeNotReady', {
      severity: 'warning',
      after: '15m',
      expr: `kube_node_status_condition{${stateMetrics},${ready}} == 0`,
      summary: `${node} hasn’t been ready for 15 minutes.`,
      description:
        'Its pods were moved where that was possible. `kubectl describe node` says what is wrong; if the machine doesn’t come back, terminate it: its group makes a new one.',
    }),
    alert('KubeNodeUnreachable', {
      severity: 'warning',
      after: '15m',
      expr: `(
  kube_node_spec_taint{${stateMetrics},key="node.kubernetes.io/unreachable",effect="NoSchedule"}
  unless ignoring (key, value) kube_node_spec_taint{${stateMetrics},${impendingEnd}}
) == 1`,
      summary: `${node} can’t be reached.`,
      description: 'Some pods may have moved. Check the machine and its network; terminate it if it doesn’t come back.',
    }),
    alert('KubeletTooManyPods', {
      severity: 'warning',
      after: '15m',
      expr: `count by (node) (
  (kube_pod_status_phase{${stateMetrics},phase="Running"} == 1)
  * on (instance, pod, namespace, cluster) group_left (node)
  topk by (instance, pod, namespace, cluster) (1, kube_pod_info{${stateMetrics}})
)
/ max by (node) (kube_node_status_capacity{${stateMetrics},resource="pods"} != 1) > 0.95`,
      summary: `${node} has nearly as many pods as it may.`,
      description: '{{ $value | humanizePercentage }} of its places are taken. Add nodes.',
    }),
    alert('KubeNodeReadinessFlapping', {
      severity: 'warning',
      after: '15m',
      expr: `sum by (node) (changes(kube_node_status_condition{${ready}}[15m])) > 2`,
      summary: `${node} goes from ready to not ready and back.`,
      description:
        'It did {{ $value }} times within 15 minutes. Mostly it has too little memory, or its container runtime hangs; see its log, or replace the machine.',
    }),
    alert('KubeletPlegDurationHigh', {
      severity: 'warning',
      after: '5m',
      expr: 'node_quantile:kubelet_pleg_relist_duration_seconds:histogram_quantile{quantile="0.99"} >= 10',
      summary: `The container runtime of node {{ $labels.node }} answers slowly.`,
      description:
        'Listing its containers takes {{ $value }} s; at three minutes the node is no longer ready. Check the load of its disk, and the log of the runtime.',
    }),
    alert('KubeletPodStartUpLatencyHigh', {
      severity: 'warning',
      after: '15m',
      expr: `histogram_quantile(0.99,
  sum by (instance, le) (rate(kubelet_pod_worker_duration_seconds_bucket{${kubelet}}[5m]))
) * on (instance) group_left (node) kubelet_node_name{${kubelet}} > 60`,
      summary: `${node} starts pods slowly.`,
      description: 'It takes {{ $value }} s. Check the load of its disk and the registry that images come from.',
    }),
    expires('client', 'warning', 7 * 24 * 3600, 'week'),
    expires('client', 'critical', 24 * 3600, 'day'),
    expires('server', 'warning', 7 * 24 * 3600, 'week'),
    expires('server', 'critical', 24 * 3600, 'day'),
    alert('KubeletClientCertificateRenewalErrors', {
      severity: 'warning',
      after: '15m',
      expr: 'increase(kubelet_certificate_manager_client_expiration_renew_errors[5m]) > 0',
      summary: 'The kubelet of node {{ $labels.node }} can’t renew its client certificate.',
      description:
        '{{ $value | humanize }} attempts failed within five minutes. See its log, and the signing requests: `kubectl get csr`.',
    }),
    alert('KubeletServerCertificateRenewalErrors', {
      severity: 'warning',
      after: '15m',
      expr: 'increase(kubelet_server_expiration_renew_errors[5m]) > 0',
      summary: 'The kubelet of node {{ $labels.node }} can’t renew its server certificate.',
      description:
        '{{ $value | humanize }} attempts failed within five minutes. See its log, and the signing requests: `kubectl get csr`.',
    }),
    alert('KubeletDown', {
      severity: 'critical',
      after: '15m',
      expr: `absent(up{${kubelet}} == 1)`,
      summary: 'No kubelet can be scraped.',
      description: 'Prometheus doesn’t find or reach them; alerts on pods and volumes don’t fire.',
    }),
  ],
};
