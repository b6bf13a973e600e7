import { dashboard, p99, processes, rateBy, row, stat, timeSeries, variable } from '../../dashboards/index.ts';
import { kubelet as job } from '../rules/jobs.ts';
import { header } from './header.ts';

const selected = `${job},instance=~"$instance"`;

export const kubelet = () =>
  dashboard({
    ...header('Kubelet', 'node'),
    uid: 'kubezero-kubelet',
    variables: [
      variable('instance', `label_values(kubelet_node_name{${job}}, instance)`, { label: 'Kubelet', multi: true }),
    ],
    rows: [
      [
        stat('Kubelets', [[`sum(up{${job}})`]]),
        stat('Pods', [[`sum(kubelet_running_pods{${selected}})`]]),
        stat('Containers', [[`sum(kubelet_running_containers{${selected},container_state="running"})`]]),
        stat('Volumes mounted', [[`sum(volume_manager_total_volumes{${selected},state="actual_state_of_world"})`]]),
        stat('Volumes wanted', [[`sum(volume_manager_total_volumes{${selected},state="desired_state_of_world"})`]]),
        stat('Pods evicted, last day', [[`sum(increase(kubelet_evictions{${selected}}[1d])) or vector(0)`]], {
          decimals: 0,
          thresholds: [[1, 'orange']],
        }),
      ],
      row('Starting pods', [
        timeSeries(
          'Started',
          [[rateBy('instance', 'kubelet_pod_start_duration_seconds_count', selected), '{{instance}}']],
          { unit: 'ops', width: 8 },
        ),
        timeSeries(
          'Time to start, slowest 1 %',
          [[p99('kubelet_pod_start_duration_seconds', selected, 'instance'), '{{instance}}']],
          { unit: 's', width: 8, min: 0 },
        ),
        timeSeries(
          'Time to act on a change, slowest 1 %',
          [[p99('kubelet_pod_worker_duration_seconds', selected, 'operation_type'), '{{operation_type}}']],
          { unit: 's', width: 8, min: 0, thresholds: [[60, 'red']] },
        ),
      ]),
      row('Container runtime', [
        timeSeries(
          'Operations',
          [[rateBy('operation_type', 'kubelet_runtime_operations_total', selected), '{{operation_type}}']],
          {
            unit: 'ops',
            width: 8,
          },
        ),
        timeSeries(
          'Failed',
          [
            [
              rateBy('instance, operation_type', 'kubelet_runtime_operations_errors_total', selected),
              '{{instance}} {{operation_type}}',
            ],
          ],
          { unit: 'ops', width: 8, min: 0 },
        ),
        timeSeries(
          'Duration, slowest 1 %',
          [[p99('kubelet_runtime_operations_duration_seconds', selected, 'operation_type'), '{{operation_type}}']],
          { unit: 's', width: 8, min: 0 },
        ),
        timeSeries(
          'Listing containers, slowest 1 %',
          [
            [
              'node_quantile:kubelet_pleg_relist_duration_seconds:histogram_quantile{quantile="0.99",instance=~"$instance"}',
              '{{node}}',
            ],
          ],
          {
            unit: 's',
            min: 0,
            thresholds: [[10, 'red']],
            description: 'A node isn’t ready any more when this takes three minutes.',
          },
        ),
        timeSeries(
          'Control groups, slowest 1 %',
          [[p99('kubelet_cgroup_manager_duration_seconds', selected, 'operation_type'), '{{operation_type}}']],
          { unit: 's', min: 0 },
        ),
      ]),
      row('Volumes', [
        timeSeries(
          'Operations',
          [
            [
              rateBy('operation_name, volume_plugin', 'storage_operation_duration_seconds_count', selected),
              '{{operation_name}} {{volume_plugin}}',
            ],
          ],
          { unit: 'ops', width: 8 },
        ),
        timeSeries(
          'Failed',
          [
            [
              rateBy(
                'operation_name, volume_plugin',
                'storage_operation_duration_seconds_count',
                `${selected},status!="success"`,
              ),
              '{{operation_name}} {{volume_plugin}}',
            ],
          ],
          { unit: 'ops', width: 8, min: 0 },
        ),
        timeSeries(
          'Duration, slowest 1 %',
          [
            [
              p99('storage_operation_duration_seconds', selected, 'operation_name, volume_plugin'),
              '{{operation_name}} {{volume_plugin}}',
            ],
          ],
          { unit: 's', width: 8, min: 0 },
        ),
      ]),
      row('Requests to the API servers', [
        timeSeries('By code', [[rateBy('code', 'rest_client_requests_total', selected), '{{code}}']], {
          unit: 'reqps',
          stack: true,
        }),
        timeSeries(
          'Duration, slowest 1 %',
          [[p99('rest_client_request_duration_seconds', selected, 'verb'), '{{verb}}']],
          {
            unit: 's',
            min: 0,
          },
        ),
      ]),
      processes(selected),
    ],
  });
