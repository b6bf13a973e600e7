import {
  dashboard,
  p99,
  processes,
  rateBy,
  row,
  stat,
  type Thresholds,
  table,
  timeSeries,
  variable,
} from '../../dashboards/index.ts';
import { apiServer } from '../rules/jobs.ts';
import { header } from './header.ts';

const selected = `${apiServer},instance=~"$instance"`;
const good: Thresholds = [
  [0, 'red'],
  [0.99, 'orange'],
  [0.999, 'green'],
];
const availability = (title: string, verb: string) =>
  stat(title, [[`apiserver_request:availability30d{verb="${verb}"}`]], {
    unit: 'percentunit',
    decimals: 3,
    thresholds: good,
    description: 'Share of requests within 30 days that neither failed nor took too long.',
  });

/** The three things that make requests good or bad, for reading or writing verbs. */
function quality(verb: 'read' | 'write') {
  const total = (more = '') => `code_resource:apiserver_request_total:rate5m{verb="${verb}"${more}}`;
  return row(verb === 'read' ? 'Reading' : 'Writing', [
    timeSeries('Requests by code', [[`sum by (code) (${total()})`, '{{code}}']], {
      unit: 'reqps',
      width: 8,
      stack: true,
    }),
    timeSeries(
      'Errors by resource',
      [[`sum by (resource) (${total(',code=~"5.."')}) / on (resource) sum by (resource) (${total()})`, '{{resource}}']],
      { unit: 'percentunit', width: 8, min: 0 },
    ),
    timeSeries(
      'Duration by resource, slowest 1 %',
      [
        [
          `cluster_quantile:apiserver_request_duration_seconds:histogram_quantile{verb="${verb}",quantile="0.99"}`,
          '{{resource}}',
        ],
      ],
      { unit: 's', width: 8, min: 0 },
    ),
  ]);
}

export const apiServerDashboard = () =>
  dashboard({
    ...header('API server', 'control plane'),
    uid: 'kubezero-apiserver',
    variables: [
      variable('instance', `label_values(apiserver_request_total{${apiServer}}, instance)`, {
        label: 'API server',
        multi: true,
      }),
    ],
    rows: [
      [
        stat('API servers up', [[`sum(up{${apiServer}})`]], {
          thresholds: [
            [0, 'red'],
            [1, 'green'],
          ],
        }),
        availability('Good requests, 30 days', 'all'),
        availability('Good reads', 'read'),
        availability('Good writes', 'write'),
        timeSeries(
          'Error budget of 30 days left',
          [['100 * (apiserver_request:availability30d{verb="all"} - 0.990000) / 0.01', 'left']],
          { unit: 'percent', width: 8, height: 4, decimals: 1 },
        ),
      ],
      quality('read'),
      quality('write'),
      row('Load', [
        timeSeries('Requests by verb', [[rateBy('verb', 'apiserver_request_total', selected), '{{verb}}']], {
          unit: 'reqps',
          width: 8,
          stack: true,
        }),
        timeSeries(
          'Requests in progress',
          [[`sum by (request_kind) (apiserver_current_inflight_requests{${selected}})`, '{{request_kind}}']],
          { width: 8, min: 0, description: 'Beyond a limit, requests are turned away.' },
        ),
        timeSeries(
          'Requests turned away or cut off',
          [
            [
              rateBy('priority_level', 'apiserver_flowcontrol_rejected_requests_total', selected),
              'turned away, level {{priority_level}}',
            ],
            [rateBy('code', 'apiserver_request_terminations_total', selected), 'cut off, {{code}}'],
          ],
          { unit: 'reqps', width: 8, min: 0 },
        ),
        timeSeries(
          'Duration by verb, slowest 1 %',
          [
            [
              p99(
                'apiserver_request_duration_seconds',
                `${selected},verb!~"WATCH|CONNECT",subresource!~"log|exec|portforward|attach|proxy"`,
                'verb',
              ),
              '{{verb}}',
            ],
          ],
          { unit: 's', min: 0 },
        ),
        timeSeries(
          'Webhooks, slowest 1 %',
          [[p99('apiserver_admission_webhook_admission_duration_seconds', selected, 'name'), '{{name}}']],
          {
            unit: 's',
            min: 0,
            description: 'A webhook that doesn’t answer holds up each request that it is asked about.',
          },
        ),
      ]),
      row('etcd, as the API servers see it', [
        timeSeries(
          'Duration by operation, slowest 1 %',
          [[p99('etcd_request_duration_seconds', selected, 'operation'), '{{operation}}']],
          { unit: 's', min: 0 },
        ),
        table('Objects', {
          by: [{ label: 'resource', title: 'Resource' }],
          columns: [{ title: 'Objects', expr: `topk(30, max by (resource) (apiserver_storage_objects{${selected}}))` }],
          width: 12,
          description: 'The kinds with most objects.',
        }),
      ]),
      row(
        'Work queues',
        [
          timeSeries('Added', [[rateBy('name', 'workqueue_adds_total', selected), '{{name}}']], {
            unit: 'ops',
            width: 8,
          }),
          timeSeries('Waiting', [[`sum by (name) (workqueue_depth{${selected}})`, '{{name}}']], { width: 8 }),
          timeSeries(
            'Time waited, slowest 1 %',
            [[p99('workqueue_queue_duration_seconds', selected, 'name'), '{{name}}']],
            {
              unit: 's',
              width: 8,
            },
          ),
        ],
        { collapsed: true },
      ),
      processes(selected),
    ],
  });
