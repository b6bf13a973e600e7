import { dashboard, processes, quantiles, rateBy, row, stat, timeSeries } from '../../dashboards/index.ts';

const istiod = 'app="istiod"';
const conflicts: [metric: string, legend: string][] = [
  ['pilot_conflict_inbound_listener', 'inbound listener'],
  ['pilot_conflict_outbound_listener_http_over_current_tcp', 'outbound, HTTP over TCP'],
  ['pilot_conflict_outbound_listener_tcp_over_current_http', 'outbound, TCP over HTTP'],
  ['pilot_conflict_outbound_listener_tcp_over_current_tcp', 'outbound, TCP over TCP'],
  ['pilot_vservice_dup_domain', 'virtual services with the same domain'],
];

export const controlPlane = () =>
  dashboard({
    title: 'Istio: control plane',
    uid: 'kubezero-istio-control-plane',
    tags: ['istio'],
    rows: [
      [
        stat('istiod up', [[`sum(up{${istiod}})`]], {
          thresholds: [
            [0, 'red'],
            [1, 'green'],
          ],
        }),
        stat('Proxies connected', [['sum(pilot_xds)']]),
        stat('Services', [['max(pilot_services)']]),
        stat('Virtual services', [['max(pilot_virt_services)']]),
        stat('Configurations refused by proxies', [['sum(increase(pilot_total_xds_rejects[1h])) or vector(0)']], {
          decimals: 0,
          description: 'Within the last hour.',
          thresholds: [[1, 'red']],
        }),
        stat('Root certificate expires in', [['min(citadel_server_root_cert_expiry_timestamp) - time()']], {
          unit: 's',
          thresholds: [
            [0, 'red'],
            [30 * 24 * 3600, 'green'],
          ],
        }),
      ],
      row('Configuration sent to proxies', [
        timeSeries('Sent, by kind', [[rateBy('type', 'pilot_xds_pushes'), '{{type}}']], { unit: 'ops', width: 8 }),
        timeSeries('From a change to the proxies', quantiles('pilot_proxy_convergence_time', istiod), {
          unit: 's',
          width: 8,
          min: 0,
        }),
        timeSeries(
          'Errors',
          [
            ['sum(rate(pilot_total_xds_rejects[$__rate_interval]))', 'refused by proxies'],
            ['sum(rate(pilot_total_xds_internal_errors[$__rate_interval]))', 'internal'],
            ['sum(rate(pilot_xds_write_timeout[$__rate_interval]))', 'timeouts'],
            ['sum(rate(pilot_xds_push_context_errors[$__rate_interval]))', 'no configuration'],
          ],
          { unit: 'ops', width: 8, min: 0 },
        ),
        timeSeries('Proxies connected', [['sum by (version) (pilot_xds)', '{{version}}']], { width: 8, stack: true }),
        timeSeries(
          'Known',
          [
            ['max(pilot_services)', 'services'],
            ['max(pilot_virt_services)', 'virtual services'],
          ],
          { width: 8, min: 0 },
        ),
        timeSeries(
          'Conflicts',
          conflicts.map(([metric, legend]) => [`max(${metric})`, legend]),
          { width: 8, min: 0, description: 'Of two objects that contradict each other, one has no effect.' },
        ),
      ]),
      row('Webhooks', [
        timeSeries(
          'Validation',
          [
            ['sum(rate(galley_validation_passed[$__rate_interval]))', 'accepted'],
            ['sum(rate(galley_validation_failed[$__rate_interval]))', 'refused'],
          ],
          { unit: 'ops', width: 8, min: 0 },
        ),
        timeSeries(
          'Sidecars',
          [
            ['sum(rate(sidecar_injection_success_total[$__rate_interval]))', 'injected'],
            ['sum(rate(sidecar_injection_failure_total[$__rate_interval]))', 'failed'],
          ],
          { unit: 'ops', width: 8, min: 0 },
        ),
        timeSeries(
          'Certificates signed',
          [['sum(rate(citadel_server_success_cert_issuance_count[$__rate_interval]))', 'signed']],
          {
            unit: 'ops',
            width: 8,
            min: 0,
          },
        ),
      ]),
      row(
        'Versions',
        [
          timeSeries('Components by version', [['sum by (component, tag) (istio_build)', '{{component}} {{tag}}']], {
            stack: true,
            width: 24,
          }),
        ],
        { collapsed: true },
      ),
      processes(istiod, { legend: '{{pod}}' }),
    ],
  });
