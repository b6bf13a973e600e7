import { dashboard, dashboardUrl, row, stat, table, timeSeries } from '../../dashboards/index.ts';
import { reported, reporterVariable, requestRate, successRate } from './traffic.ts';

export const uids = { service: 'kubezero-istio-service', workload: 'kubezero-istio-workload' };

const service = 'destination_service';
const errors = (code: string) =>
  `sum(rate(istio_requests_total{${reported},response_code=~"${code}"}[$__rate_interval])) or vector(0)`;
const duration = (quantile: number) =>
  `histogram_quantile(${quantile}, sum by (le, ${service}) (rate(istio_request_duration_milliseconds_bucket{${reported}}[$__rate_interval])))`;

export const mesh = () =>
  dashboard({
    title: 'Istio: all services',
    uid: 'kubezero-istio-mesh',
    tags: ['istio'],
    variables: [reporterVariable()],
    rows: [
      [
        stat('Requests', [[requestRate(reported)]], { unit: 'reqps' }),
        stat('Without server error', [[successRate(reported)]], {
          unit: 'percentunit',
          decimals: 2,
          thresholds: [
            [0, 'red'],
            [0.95, 'orange'],
            [0.99, 'green'],
          ],
        }),
        stat('Client errors (4xx)', [[errors('4.*')]], { unit: 'reqps' }),
        stat('Server errors (5xx)', [[errors('5.*')]], { unit: 'reqps', thresholds: [[0.1, 'orange']] }),
        stat('Services', [['max(pilot_services)']]),
        stat('Proxies', [['sum(pilot_xds)']]),
      ],
      [
        table('HTTP and gRPC', {
          by: [{ label: service, title: 'Service', link: dashboardUrl(uids.service, { service: '${__value.text}' }) }],
          columns: [
            { title: 'Requests', expr: requestRate(reported, service), unit: 'reqps' },
            { title: 'Median', expr: duration(0.5), unit: 'ms' },
            { title: 'Slowest 10 %', expr: duration(0.9), unit: 'ms' },
            { title: 'Slowest 1 %', expr: duration(0.99), unit: 'ms' },
            {
              title: 'Without server error',
              expr: successRate(reported, service),
              unit: 'percentunit',
              decimals: 2,
              thresholds: [
                [0, 'red'],
                [0.95, 'orange'],
                [0.99, 'green'],
              ],
            },
          ],
          height: 12,
        }),
        table('TCP', {
          by: [{ label: service, title: 'Service', link: dashboardUrl(uids.service, { service: '${__value.text}' }) }],
          columns: ['received', 'sent'].map((direction) => ({
            title: direction === 'sent' ? 'Sent' : 'Received',
            expr: `sum by (${service}) (rate(istio_tcp_${direction}_bytes_total{${reported}}[$__rate_interval]))`,
            unit: 'Bps' as const,
          })),
        }),
      ],
      row('Over time', [
        timeSeries('Requests by code', [[requestRate(reported, 'response_code'), '{{response_code}}']], {
          unit: 'reqps',
          stack: true,
        }),
        timeSeries('Objects changed', [['sum by (type) (rate(pilot_k8s_cfg_events[$__rate_interval]))', '{{type}}']], {
          unit: 'ops',
          description: 'Istio’s objects that were created, changed or deleted.',
        }),
      ]),
    ],
  });
