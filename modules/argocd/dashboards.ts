import {
  type DashboardSet,
  dashboard,
  dashboardsConfigMap,
  p99,
  quantiles,
  rateBy,
  row,
  stat,
  table,
  timeSeries,
  variable,
} from '../dashboards/index.ts';
import type { KubernetesObject } from '../definition.ts';

const apps = 'project=~"$project"';
const pods = 'namespace="$namespace"';
const count = (more = '') => `count(argocd_app_info{${apps}${more}}) or vector(0)`;
const process = (metric: string, legend = '{{pod}}'): [string, string] => [
  `${metric}{job=~"argocd.*",${pods}}`,
  legend,
];

const dashboards: DashboardSet = () => ({
  ArgoCD: dashboard({
    title: 'ArgoCD',
    uid: 'kubezero-argocd',
    tags: ['kubezero', 'argocd'],
    variables: [
      variable('namespace', 'label_values(argocd_app_info, namespace)', { label: 'Namespace' }),
      variable('project', 'label_values(argocd_app_info, project)', { label: 'Project', multi: true }),
    ],
    rows: [
      [
        stat('Applications', [[count()]]),
        stat('Not synced', [[count(',sync_status!="Synced"')]], { thresholds: [[1, 'orange']] }),
        stat('Degraded or missing', [[count(',health_status=~"Degraded|Missing"')]], { thresholds: [[1, 'red']] }),
        stat('Progressing', [[count(',health_status="Progressing"')]]),
        stat('Repositories', [[`count(count by (repo) (argocd_app_info{${apps}}))`]]),
        stat(
          'Syncs failed, last hour',
          [[`sum(increase(argocd_app_sync_total{${apps},phase=~"Error|Failed"}[1h])) or vector(0)`]],
          { decimals: 0, thresholds: [[1, 'red']] },
        ),
      ],
      [
        table('Applications that aren’t as they should be', {
          by: [
            { label: 'name', title: 'Application' },
            { label: 'project', title: 'Project' },
            { label: 'dest_namespace', title: 'Namespace' },
            { label: 'sync_status', title: 'Sync' },
            { label: 'health_status', title: 'Health' },
          ],
          columns: [
            {
              title: 'Count',
              expr: `sum by (name, project, dest_namespace, sync_status, health_status) (argocd_app_info{${apps},sync_status!="Synced"} or argocd_app_info{${apps},health_status!="Healthy"})`,
            },
          ],
        }),
      ],
      row('Applications', [
        timeSeries('Health', [[`sum by (health_status) (argocd_app_info{${apps}})`, '{{health_status}}']], {
          width: 8,
          stack: true,
        }),
        timeSeries('Sync', [[`sum by (sync_status) (argocd_app_info{${apps}})`, '{{sync_status}}']], {
          width: 8,
          stack: true,
        }),
        timeSeries(
          'Syncs',
          [[`sum by (phase) (increase(argocd_app_sync_total{${apps}}[$__rate_interval]))`, '{{phase}}']],
          {
            width: 8,
            description: 'Within each step of the graph.',
          },
        ),
      ]),
      row('Controller', [
        timeSeries(
          'Reconciliations',
          [[rateBy('dest_server', 'argocd_app_reconcile_count', pods), '{{dest_server}}']],
          {
            unit: 'ops',
            width: 8,
          },
        ),
        timeSeries('Duration of a reconciliation', quantiles('argocd_app_reconcile', pods), {
          unit: 's',
          width: 8,
          min: 0,
        }),
        timeSeries('Waiting', [[`sum by (name) (workqueue_depth{job=~"argocd.*",${pods}})`, '{{name}}']], { width: 8 }),
        timeSeries(
          'Requests to the API server',
          [[rateBy('verb, resource_kind', 'argocd_app_k8s_request_total', apps), '{{verb}} {{resource_kind}}']],
          {
            unit: 'reqps',
            width: 8,
          },
        ),
        timeSeries(
          'Objects watched',
          [
            [`sum by (server) (argocd_cluster_api_resource_objects{${pods}})`, '{{server}}'],
            [rateBy('server', 'argocd_cluster_events_total', pods), '{{server}} events a second'],
          ],
          { width: 8 },
        ),
        timeSeries('kubectl waiting', [[`sum by (command) (argocd_kubectl_exec_pending{${pods}})`, '{{command}}']], {
          width: 8,
        }),
      ]),
      row('Repositories', [
        timeSeries(
          'Git requests',
          [[rateBy('request_type, repo', 'argocd_git_request_total', pods), '{{request_type}} {{repo}}']],
          {
            unit: 'reqps',
            width: 8,
          },
        ),
        timeSeries(
          'Duration, slowest 1 %',
          [[p99('argocd_git_request_duration_seconds', pods, 'request_type'), '{{request_type}}']],
          {
            unit: 's',
            width: 8,
            min: 0,
          },
        ),
        timeSeries(
          'Redis',
          [[rateBy('initiator, failed', 'argocd_redis_request_total', pods), '{{initiator}}, failed: {{failed}}']],
          {
            unit: 'reqps',
            width: 8,
          },
        ),
      ]),
      row(
        'Server',
        [
          timeSeries(
            'gRPC by result',
            [
              [
                rateBy('grpc_service, grpc_code', 'grpc_server_handled_total', `job=~"argocd.*",${pods}`),
                '{{grpc_service}} {{grpc_code}}',
              ],
            ],
            {
              unit: 'reqps',
              width: 24,
            },
          ),
        ],
        { collapsed: true },
      ),
      row('Processes', [
        timeSeries('Memory', [process('process_resident_memory_bytes')], { unit: 'bytes', width: 8, min: 0 }),
        timeSeries('CPU', [[`rate(process_cpu_seconds_total{job=~"argocd.*",${pods}}[$__rate_interval])`, '{{pod}}']], {
          width: 8,
          min: 0,
          description: 'CPUs in use.',
        }),
        timeSeries('Goroutines', [process('go_goroutines')], { width: 8, min: 0 }),
      ]),
    ],
  }),
});

/** ArgoCD's dashboard. */
export function argocdDashboards(
  fullName: string,
  namespace: string,
  labels: Record<string, string>,
): KubernetesObject {
  return dashboardsConfigMap({
    name: `${fullName}-grafana-dashboards`,
    namespace,
    labels,
    folder: 'KubeZero',
    dashboards,
  });
}
