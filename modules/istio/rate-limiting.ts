import { stringify } from 'yaml';
import type { KubernetesObject } from '../definition.ts';
import type { IstioValues } from './schema.ts';
import { statsdMappings } from './statsd-mappings.ts';

interface Placement {
  labels: Record<string, string>;
  namespace: string;
  monitored: boolean;
}

type RateLimiting = IstioValues['rateLimiting'];

/** Rate limit service with its Redis, and the filters that make the gateways ask it. */
export function rateLimiting(values: RateLimiting, { labels, namespace, monitored }: Placement): KubernetesObject[] {
  const configMap = (name: string, data: Record<string, string>): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace, labels },
    data,
  });
  const domain = (name: string, descriptors: unknown) => stringify({ domain: name, descriptors });
  return [
    configMap('ratelimit-config', {
      'ingress.yaml': domain('ingress', values.descriptors.ingress),
      'private-ingress.yaml': domain('private-ingress', values.descriptors.privateIngress),
    }),
    configMap('ratelimit-statsd-exporter-config', { 'config.yaml': stringify(statsdMappings()) }),
    service('ratelimit-redis', namespace, [{ name: 'redis', port: 6379 }]),
    deployment('ratelimit-redis', namespace, {
      containers: [
        {
          name: 'redis',
          image: 'redis:6-alpine',
          imagePullPolicy: 'IfNotPresent',
          ports: [{ name: 'redis', containerPort: 6379 }],
        },
      ],
    }),
    service('ratelimit', namespace, [
      { name: 'grpc-port', port: 8081, targetPort: 8081, protocol: 'TCP' },
      { name: 'http-monitoring', port: 9102, targetPort: 9102, protocol: 'TCP' },
    ]),
    deployment('ratelimit', namespace, rateLimitPod(values), { type: 'Recreate' }),
    filter('ingressgateway', 'ingress', values, { labels, namespace }),
    filter('private-ingressgateway', 'private-ingress', values, { labels, namespace }),
    ...(monitored
      ? [
          {
            apiVersion: 'monitoring.coreos.com/v1',
            kind: 'ServiceMonitor',
            metadata: { name: 'istio-rate-limiting', namespace, labels },
            spec: {
              jobLabel: 'istio',
              targetLabels: ['app'],
              selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['ratelimit'] }] },
              endpoints: [{ port: 'http-monitoring' }],
            },
          },
        ]
      : []),
  ];
}

function service(name: string, namespace: string, ports: object[]): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, labels: { app: name } },
    spec: { ports, selector: { app: name } },
  };
}

function deployment(name: string, namespace: string, pod: object, strategy?: object): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: name } },
      ...(strategy ? { strategy } : {}),
      template: { metadata: { labels: { app: name } }, spec: pod },
    },
  };
}

function rateLimitPod(values: RateLimiting): object {
  const env = {
    LOG_LEVEL: values.log.level,
    LOG_FORMAT: values.log.format,
    REDIS_SOCKET_TYPE: 'tcp',
    REDIS_URL: 'ratelimit-redis:6379',
    USE_STATSD: 'true',
    STATSD_HOST: 'localhost',
    STATSD_PORT: '9125',
    RUNTIME_ROOT: '/data',
    RUNTIME_SUBDIRECTORY: 'ratelimit',
    RUNTIME_WATCH_ROOT: 'false',
    RUNTIME_IGNOREDOTFILES: 'true',
    LOCAL_CACHE_SIZE_IN_BYTES: String(values.localCacheSize),
  };
  return {
    containers: [
      {
        name: 'ratelimit',
        image: 'envoyproxy/ratelimit:b42701cb',
        imagePullPolicy: 'IfNotPresent',
        command: ['/bin/ratelimit'],
        env: Object.entries(env).map(([name, value]) => ({ name, value })),
        ports: [{ containerPort: 8081 }],
        volumeMounts: [{ name: 'ratelimit-config', mountPath: '/data/ratelimit/config' }],
        resources: { requests: { cpu: '50m', memory: '32Mi' }, limits: { cpu: '1', memory: '256Mi' } },
      },
      {
        name: 'statsd-exporter',
        image: 'docker.io/prom/statsd-exporter:v0.21.0',
        imagePullPolicy: 'Always',
        args: ['--statsd.mapping-config=/etc/statsd-exporter/config.yaml'],
        ports: [{ containerPort: 9125 }],
        resources: { requests: { cpu: '50m', memory: '32Mi' }, limits: { cpu: '200m', memory: '64Mi' } },
        volumeMounts: [{ name: 'statsd-exporter-config', mountPath: '/etc/statsd-exporter' }],
      },
    ],
    volumes: [
      { name: 'ratelimit-config', configMap: { name: 'ratelimit-config' } },
      { name: 'statsd-exporter-config', configMap: { name: 'ratelimit-statsd-exporter-config' } },
    ],
  };
}

/** In Istio's root namespace, where a workload selector matches gateways of every namespace. */
function filter(
  gateway: string,
  domain: string,
  values: RateLimiting,
  { labels, namespace }: { labels: Record<string, string>; namespace: string },
): KubernetesObject {
  const cluster = 'rate_limit_cluster';
  return {
    apiVersion: 'networking.istio.io/v1alpha3',
    kind: 'EnvoyFilter',
    metadata: { name: `${gateway}-ratelimit`, namespace, labels },
    spec: {
      workloadSelector: { labels: { istio: gateway } },
      configPatches: [
        {
          applyTo: 'HTTP_FILTER',
          match: {
            context: 'GATEWAY',
            listener: {
              filterChain: {
                filter: {
                  name: 'envoy.filters.network.http_connection_manager',
                  subFilter: { name: 'envoy.filters.http.router' },
                },
              },
            },
          },
          patch: {
            operation: 'INSERT_BEFORE',
            value: {
              name: 'envoy.filters.http.ratelimit',
              typed_config: {
                '@type': 'type.googleapis.com/envoy.extensions.filters.http.ratelimit.v3.RateLimit',
                domain,
                failure_mode_deny: values.failureModeDeny,
                timeout: '0.5s',
                rate_limit_service: {
                  grpc_service: { envoy_grpc: { cluster_name: cluster } },
                  transport_api_version: 'V3',
                },
              },
            },
          },
        },
        {
          applyTo: 'CLUSTER',
          match: { cluster: { service: 'ratelimit.default.svc.cluster.local' } },
          patch: {
            operation: 'ADD',
            value: {
              name: cluster,
              type: 'STRICT_DNS',
              connect_timeout: '0.5s',
              lb_policy: 'ROUND_ROBIN',
              http2_protocol_options: {},
              load_assignment: {
                cluster_name: cluster,
                endpoints: [
                  {
                    lb_endpoints: [
                      {
                        endpoint: {
                          address: { socket_address: { address: `ratelimit.${namespace}`, port_value: 8081 } },
                        },
                      },
                    ],
                  },
                ],
              },
            },
          },
        },
      ],
    },
  };
}
