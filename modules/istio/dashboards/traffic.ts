import { choice, type Row, row, stat, type Thresholds, timeSeries } from '../../dashboards/index.ts';

/** Gateways measure what they send on; only sidecars measure what arrives. */
export const reporterVariable = () => choice('reporter', ['source', 'destination'], 'Measured at');

export const reported = 'reporter="$reporter"';

const rate = (metric: string, matchers: string) => `rate(${metric}{${matchers}}[$__rate_interval])`;

/** Share of requests that got no server error. */
export function successRate(matchers: string, by = ''): string {
  const of = (more: string) => `sum${by ? ` by (${by})` : ''} (${rate('istio_requests_total', `${matchers}${more}`)})`;
  return `${of(',response_code!~"5.*"')} / ${of('')}`;
}

export const requestRate = (matchers: string, by = '') =>
  `sum${by ? ` by (${by})` : ''} (${rate('istio_requests_total', matchers)})`;

const quantile = (q: number, histogram: string, matchers: string, by = '') =>
  `histogram_quantile(${q}, sum by (le${by ? `, ${by}` : ''}) (${rate(`${histogram}_bucket`, matchers)}))`;

const bad: Thresholds = [
  [0, 'red'],
  [0.95, 'orange'],
  [0.99, 'green'],
];

/** Requests, success, duration and TCP traffic in four figures. */
export function summary(matchers: string) {
  return [
    stat('Requests', [[requestRate(matchers)]], { unit: 'reqps', width: 4 }),
    stat('Without server error', [[successRate(matchers)]], {
      unit: 'percentunit',
      width: 4,
      thresholds: bad,
      decimals: 2,
    }),
    ...[0.5, 0.9, 0.99].map((q) =>
      stat(
        q === 0.5 ? 'Duration, median' : `Duration, slowest ${Math.round(100 - q * 100)} %`,
        [[quantile(q, 'istio_request_duration_milliseconds', matchers)]],
        { unit: 'ms', width: 4 },
      ),
    ),
    stat(
      'TCP',
      [
        [
          `sum(${rate('istio_tcp_received_bytes_total', matchers)}) + sum(${rate('istio_tcp_sent_bytes_total', matchers)})`,
        ],
      ],
      {
        unit: 'Bps',
        width: 4,
      },
    ),
  ];
}

/** The same over time, told apart by labels. */
export function trafficRow(title: string, matchers: string, by: string[], legend: string): Row {
  const labels = by.join(', ');
  return row(title, [
    timeSeries('Requests', [[requestRate(matchers, `${labels}, response_code`), `${legend}: {{response_code}}`]], {
      unit: 'reqps',
      width: 8,
    }),
    timeSeries('Without server error', [[successRate(matchers, labels), legend]], {
      unit: 'percentunit',
      width: 8,
      max: 1,
    }),
    timeSeries(
      'Duration',
      [
        [quantile(0.5, 'istio_request_duration_milliseconds', matchers, labels), `${legend}: median`],
        [quantile(0.99, 'istio_request_duration_milliseconds', matchers, labels), `${legend}: p99`],
      ],
      { unit: 'ms', width: 8, min: 0 },
    ),
    timeSeries('Size of requests, largest 5 %', [[quantile(0.95, 'istio_request_bytes', matchers, labels), legend]], {
      unit: 'bytes',
      width: 8,
      min: 0,
    }),
    timeSeries('Size of responses, largest 5 %', [[quantile(0.95, 'istio_response_bytes', matchers, labels), legend]], {
      unit: 'bytes',
      width: 8,
      min: 0,
    }),
    timeSeries(
      'TCP',
      [
        [`sum by (${labels}) (${rate('istio_tcp_received_bytes_total', matchers)})`, `${legend} received`],
        [`sum by (${labels}) (${rate('istio_tcp_sent_bytes_total', matchers)})`, `${legend} sent`],
      ],
      { unit: 'Bps', width: 8, mirrored: '.* sent' },
    ),
  ]);
}
