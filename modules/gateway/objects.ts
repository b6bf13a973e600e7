import { since } from '../../releases/range.ts';
import type { Release } from '../../releases/release.ts';
import type { KubernetesObject } from '../definition.ts';
import { type GatewayCertificate, type GatewayPort, type IngressGateway, selectorLabels } from './gateway.ts';

interface Placement {
  release: Release;
  labels: Record<string, string>;
  namespace: string;
}

interface GatewaySettings {
  certificates: GatewayCertificate[];
  ports: GatewayPort[];
  proxyProtocol: boolean;
}

/** What KubeZero adds to a gateway's own chart, and has under the same names in all releases. */
export function gatewayObjects(gateway: IngressGateway, settings: GatewaySettings, at: Placement): KubernetesObject[] {
  // 1.21 selected by the `istio` label alone.
  const selector = since(at.release, '1.22') ? selectorLabels(gateway) : { istio: gateway.prefix };
  const { certificates, proxyProtocol } = settings;
  return [
    ...certificates.filter(({ dnsNames }) => dnsNames.length > 0).map((certificate) => tlsCertificate(certificate, at)),
    ...(certificates.length > 0 ? [gatewayServers(gateway, settings, selector, at)] : []),
    envoyFilter(`${gateway.prefix}-listener-tcp-keepalive`, selector, [listener({ socket_options: keepalive })], at),
    ...(proxyProtocol
      ? [
          envoyFilter(
            `${gateway.prefix}-proxy-protocol`,
            selector,
            [listener({ listener_filters: proxyFilters(at) })],
            at,
          ),
        ]
      : []),
  ];
}

function tlsCertificate(
  { name, dnsNames, issuer }: GatewayCertificate,
  { labels, namespace }: Placement,
): KubernetesObject {
  return {
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata: { name, namespace, labels },
    spec: { secretName: name, issuerRef: { name: issuer ?? 'letsencrypt-dns-prod', kind: 'ClusterIssuer' }, dnsNames },
  };
}

function gatewayServers(
  gateway: IngressGateway,
  { certificates, ports }: GatewaySettings,
  selector: Record<string, string>,
  { labels, namespace }: Placement,
): KubernetesObject {
  const servers = ports
    .filter(({ noGateway }) => !noGateway)
    .flatMap(({ name, port, tls, gatewayProtocol: protocol = 'TCP' }) => {
      if (tls && !tls.httpsRedirect) {
        return certificates.map((certificate) => ({
          port: { number: port, name: `${name}-${certificate.name}`, protocol },
          tls: { credentialName: certificate.name, ...tls },
          hosts: certificate.dnsNames,
        }));
      }
      return [
        {
          port: { number: port, name, protocol },
          ...(tls ? { tls } : {}),
          hosts: certificates.flatMap(({ dnsNames }) => dnsNames),
        },
      ];
    })
    .filter(({ hosts }) => hosts.length > 0);
  return {
    apiVersion: 'networking.istio.io/v1beta1',
    kind: 'Gateway',
    metadata: { name: gateway.prefix, namespace, labels },
    spec: { selector, servers },
  };
}

function envoyFilter(
  name: string,
  selector: Record<string, string> | undefined,
  configPatches: object[],
  { labels, namespace }: Placement,
): KubernetesObject {
  return {
    apiVersion: 'networking.istio.io/v1alpha3',
    kind: 'EnvoyFilter',
    metadata: { name, namespace, labels },
    spec: { ...(selector ? { workloadSelector: { labels: selector } } : {}), configPatches },
  };
}

const listener = (value: object) => ({ applyTo: 'LISTENER', patch: { operation: 'MERGE', value } });

const socketOption = (level: number, name: number, value: number) => ({
  level,
  name,
  int_value: value,
  state: 'STATE_PREBIND',
});
/** Numbers of Linux: SOL_SOCKET SO_KEEPALIVE on, TCP_KEEPIDLE 120 s, TCP_KEEPINTVL 60 s: below a network load balancer's 350 s. */
const keepalive = [socketOption(1, 9, 1), socketOption(6, 4, 120), socketOption(6, 5, 60)];

function proxyFilters({ release }: Placement) {
  const prefix = since(release, '1.22') ? 'envoy.filters.listener' : 'envoy.listener';
  return [{ name: `${prefix}.proxy_protocol` }, { name: `${prefix}.tls_inspector` }];
}

/** Timeouts and buffer limits of an Envoy at the edge of a network. Without a selector: for all gateways of the namespace. */
export function hardening(name: string, selector: Record<string, string> | undefined, at: Placement): KubernetesObject {
  const connectionManager = 'envoy.filters.network.http_connection_manager';
  return envoyFilter(
    name,
    selector,
    [
      {
        applyTo: 'CLUSTER',
        patch: { operation: 'MERGE', value: { connect_timeout: '15s', per_connection_buffer_limit_bytes: 32768 } },
      },
      {
        applyTo: 'NETWORK_FILTER',
        match: { listener: { filterChain: { filter: { name: connectionManager } } } },
        patch: {
          operation: 'MERGE',
          value: {
            name: connectionManager,
            typed_config: {
              '@type':
                'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
              common_http_protocol_options: { idle_timeout: '3600s' },
              http2_protocol_options: {
                max_concurrent_streams: 500,
                initial_stream_window_size: 65536,
                initial_connection_window_size: 1048576,
              },
            },
          },
        },
      },
    ],
    at,
  );
}

/** Envoy's own bootstrap additions: memory and connection limits, so that overload sheds load instead of the pod. */
export function bootstrapConfiguration(name: string, { release, labels, namespace }: Placement): KubernetesObject {
  const heap = since(release, '1.22')
    ? 'type.googleapis.com/envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig'
    : 'type.googleapis.com/envoy.config.resource_monitor.fixed_heap.v2alpha.FixedHeapConfig';
  const monitor = 'envoy.resource_monitors.fixed_heap';
  const action = (does: string, value: number) => ({
    name: `envoy.overload_actions.${does}`,
    triggers: [{ name: monitor, threshold: { value } }],
  });
  const bootstrap = {
    overload_manager: {
      actions: [action('shrink_heap', 0.9), action('stop_accepting_requests', 0.99)],
      refresh_interval: '0.25s',
      resource_monitors: [{ name: monitor, typed_config: { '@type': heap, max_heap_size_bytes: 536870912 } }],
    },
    layeredRuntime: {
      layers: [{ name: 'static_layer_0', staticLayer: { 'overload.global_downstream_max_connections': 50000 } }],
    },
  };
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace, labels },
    data: { 'custom_bootstrap.json': `${JSON.stringify(bootstrap, null, 2)}\n` },
  };
}

/** Scrapes the Envoys' statistics. */
export function statsMonitor(
  name: string,
  matchLabels: Record<string, string> | undefined,
  { labels, namespace }: Placement,
): KubernetesObject {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PodMonitor',
    metadata: { name, namespace, labels },
    spec: {
      selector: {
        matchExpressions: [{ key: 'istio-prometheus-ignore', operator: 'DoesNotExist' }],
        ...(matchLabels ? { matchLabels } : {}),
      },
      jobLabel: 'envoy-stats',
      podMetricsEndpoints: [
        {
          path: '/stats/prometheus',
          relabelings: [
            { action: 'keep', sourceLabels: ['__meta_kubernetes_pod_container_name'], regex: 'istio-proxy' },
            { action: 'keep', sourceLabels: ['__meta_kubernetes_pod_annotationpresent_prometheus_io_scrape'] },
            {
              action: 'replace',
              sourceLabels: ['__address__', '__meta_kubernetes_pod_annotation_prometheus_io_port'],
              regex: '([^:]+)(?::\\d+)?;(\\d+)',
              replacement: '$1:$2',
              targetLabel: '__address__',
            },
            { action: 'labeldrop', regex: '__meta_kubernetes_pod_label_(.+)' },
            { action: 'replace', sourceLabels: ['__meta_kubernetes_namespace'], targetLabel: 'namespace' },
            { action: 'replace', sourceLabels: ['__meta_kubernetes_pod_name'], targetLabel: 'pod_name' },
          ],
        },
      ],
    },
  };
}
