import {
  dashboard,
  dashboardList,
  dashboardUrl,
  row,
  stat,
  type Thresholds,
  table,
  text,
  timeSeries,
} from '../../dashboards/index.ts';
import { apiServer } from '../rules/jobs.ts';
import { uids } from './compute.ts';

const up: Thresholds = [
  [0, 'red'],
  [1, 'green'],
];
const bad: Thresholds = [[1, 'orange']];
const full: Thresholds = [
  [0.8, 'orange'],
  [0.95, 'red'],
];

/** What Grafana opens with: is the cluster well, and where to look further. */
export const home = () =>
  dashboard({
    title: 'Home',
    uid: 'kubezero-home',
    tags: ['home'],
    rows: [
      [
        stat('API servers', [[`sum(up{${apiServer}})`]], { thresholds: up }),
        stat('etcd members', [['sum(up{job=~".*etcd.*"})']], { thresholds: up }),
        stat('Nodes ready', [['sum(kube_node_status_condition{condition="Ready",status="true"})']], { thresholds: up }),
        stat('Nodes not ready', [['sum(kube_node_status_condition{condition="Ready",status!="true"})']], {
          thresholds: bad,
        }),
        stat('Pods running', [['sum(kube_pod_status_phase{phase="Running"})']]),
        stat('Pods pending or failed', [['sum(kube_pod_status_phase{phase=~"Pending|Failed|Unknown"})']], {
          thresholds: bad,
        }),
        stat('CPU in use', [['cluster:node_cpu:ratio']], { unit: 'percentunit', thresholds: full, decimals: 0 }),
        stat(
          'Memory in use',
          [['1 - sum(:node_memory_MemAvailable_bytes:sum) / sum(node_memory_MemTotal_bytes{job="node-exporter"})']],
          { unit: 'percentunit', thresholds: full, decimals: 0 },
        ),
        stat(
          'Fullest volume',
          [['max(1 - kubelet_volume_stats_available_bytes / kubelet_volume_stats_capacity_bytes)']],
          { unit: 'percentunit', thresholds: full, decimals: 0 },
        ),
        stat('Critical alerts', [['count(ALERTS{alertstate="firing",severity="critical"}) or vector(0)']], {
          thresholds: [[1, 'red']],
        }),
        stat('Warnings', [['count(ALERTS{alertstate="firing",severity="warning"}) or vector(0)']], { thresholds: bad }),
        stat('Targets not scraped', [['count(up == 0) or vector(0)']], { thresholds: bad }),
      ],
      [
        table('Alerts firing', {
          by: [
            { label: 'alertname', title: 'Alert' },
            { label: 'severity', title: 'Severity' },
            {
              label: 'namespace',
              title: 'Namespace',
              link: dashboardUrl(uids.namespace, { namespace: '${__value.text}' }),
            },
          ],
          columns: [
            {
              title: 'Count',
              expr: 'count by (alertname, severity, namespace) (ALERTS{alertstate="firing",alertname!="Watchdog"})',
            },
          ],
          width: 12,
          height: 10,
        }),
        timeSeries(
          'CPU by namespace',
          [
            [
              'sum by (namespace) (node_namespace_pod_container:container_cpu_usage_seconds_total:sum_irate)',
              '{{namespace}}',
            ],
          ],
          { stack: true, height: 10, min: 0 },
        ),
      ],
      row('Dashboards', [
        dashboardList('Kubernetes', 'kubernetes'),
        dashboardList('KubeZero', 'kubezero'),
        dashboardList('Istio', 'istio'),
        dashboardList('Logging', 'logging'),
        text(
          '',
          'Your own dashboards: any ConfigMap with the label `grafana_dashboard: "1"`, in any namespace; the annotation `k8s-sidecar-target-directory` names the folder.',
          { height: 2 },
        ),
      ]),
    ],
  });
