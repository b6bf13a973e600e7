/** Full name of the kube-prometheus-stack chart under release name `metrics`, which its services begin with. */
const stack = 'metrics-kube-prometheus-st';

/** Label matchers of what the metrics module itself runs: the chart's monitors name jobs after the services. */
export const ownJobs = (namespace: string) => ({
  alertmanager: `job="${stack}-alertmanager",namespace="${namespace}"`,
  prometheus: `job="${stack}-prometheus",namespace="${namespace}"`,
  operator: `job="${stack}-operator",namespace="${namespace}"`,
});

export const stateMetrics = 'job="kube-state-metrics"';
export const nodeExporter = 'job="node-exporter"';
export const apiServer = 'job="apiserver"';
export const kubelet = 'job="kubelet",metrics_path="/metrics"';
export const cadvisor = 'job="kubelet",metrics_path="/metrics/cadvisor"';
