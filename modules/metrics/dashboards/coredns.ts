import {
  dashboard,
  p99,
  processes,
  quantiles,
  rateBy,
  row,
  stat,
  timeSeries,
  variable,
} from '../../dashboards/index.ts';
import { header } from './header.ts';

const all = 'job="coredns"';
const selected = `${all},instance=~"$instance"`;
const hits = `sum(rate(coredns_cache_hits_total{${selected}}[$__rate_interval]))`;
const misses = `sum(rate(coredns_cache_misses_total{${selected}}[$__rate_interval]))`;

export const coreDns = () =>
  dashboard({
    ...header('CoreDNS', 'dns'),
    uid: 'kubezero-coredns',
    variables: [
      variable('instance', `label_values(coredns_build_info{${all}}, instance)`, { label: 'Pod', multi: true }),
    ],
    rows: [
      [
        stat('Pods up', [[`sum(up{${all}})`]], {
          thresholds: [
            [0, 'red'],
            [1, 'green'],
          ],
        }),
        stat('Queries', [[`sum(rate(coredns_dns_requests_total{${selected}}[$__rate_interval]))`]], { unit: 'reqps' }),
        stat(
          'Failed (SERVFAIL)',
          [
            [
              `sum(rate(coredns_dns_responses_total{${selected},rcode="SERVFAIL"}[$__rate_interval])) / sum(rate(coredns_dns_responses_total{${selected}}[$__rate_interval]))`,
            ],
          ],
          {
            unit: 'percentunit',
            thresholds: [
              [0.01, 'orange'],
              [0.03, 'red'],
            ],
          },
        ),
        stat('Answered from cache', [[`${hits} / (${hits} + ${misses})`]], { unit: 'percentunit' }),
        stat('Slowest 1 %', [quantiles('coredns_dns_request_duration_seconds', selected)[2]!], {
          unit: 's',
          thresholds: [
            [1, 'orange'],
            [4, 'red'],
          ],
        }),
        stat('Panics, last hour', [[`sum(increase(coredns_panics_total{${all}}[1h]))`]], { thresholds: [[1, 'red']] }),
      ],
      row('Queries', [
        timeSeries('By type', [[rateBy('type', 'coredns_dns_requests_total', selected), '{{type}}']], {
          unit: 'reqps',
          width: 8,
          stack: true,
        }),
        timeSeries('By zone', [[rateBy('zone', 'coredns_dns_requests_total', selected), '{{zone}}']], {
          unit: 'reqps',
          width: 8,
          stack: true,
        }),
        timeSeries('By protocol', [[rateBy('proto', 'coredns_dns_requests_total', selected), '{{proto}}']], {
          unit: 'reqps',
          width: 8,
          stack: true,
        }),
      ]),
      row('Answers', [
        timeSeries('By result', [[rateBy('rcode', 'coredns_dns_responses_total', selected), '{{rcode}}']], {
          unit: 'reqps',
          width: 8,
          stack: true,
          description: 'NXDOMAIN is common: search domains are tried one after the other.',
        }),
        timeSeries('Duration', quantiles('coredns_dns_request_duration_seconds', selected), {
          unit: 's',
          width: 8,
          min: 0,
        }),
        timeSeries(
          'Size, largest 1 %',
          [
            [p99('coredns_dns_request_size_bytes', selected, 'proto'), 'query, {{proto}}'],
            [p99('coredns_dns_response_size_bytes', selected, 'proto'), 'answer, {{proto}}'],
          ],
          { unit: 'bytes', width: 8, min: 0 },
        ),
      ]),
      row('Name servers that it asks', [
        timeSeries('Queries', [[rateBy('to', 'coredns_forward_requests_total', selected), '{{to}}']], {
          unit: 'reqps',
          width: 8,
        }),
        timeSeries(
          'Duration, slowest 1 %',
          [[p99('coredns_forward_request_duration_seconds', selected, 'to'), '{{to}}']],
          {
            unit: 's',
            width: 8,
            min: 0,
          },
        ),
        timeSeries(
          'Found unhealthy',
          [[rateBy('to', 'coredns_forward_healthcheck_failures_total', selected), '{{to}}']],
          { unit: 'ops', width: 8, min: 0 },
        ),
      ]),
      row('Cache', [
        timeSeries(
          'Hits and misses',
          [
            [rateBy('type', 'coredns_cache_hits_total', selected), 'hit, {{type}}'],
            [misses, 'miss'],
          ],
          { unit: 'ops' },
        ),
        timeSeries('Entries', [[`sum by (type) (coredns_cache_entries{${selected}})`, '{{type}}']]),
      ]),
      processes(selected, { legend: '{{pod}}' }),
    ],
  });
