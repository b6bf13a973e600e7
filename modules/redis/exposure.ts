import { fullName } from '../conventions.ts';
import type { KubernetesObject } from '../definition.ts';
import { routeTo } from '../exposure.ts';
import { onlyFromAtPort, virtualService } from '../virtual-service.ts';
import type { RedisValues } from './schema.ts';

/** Port of the pods and services. */
const servicePort = 6379;

/** The way in from a gateway: to the cluster if there is one, else to the single Redis. */
export function redisExposure(values: RedisValues, labels: Record<string, string>): KubernetesObject[] {
  const { namespace, istio, redis, 'redis-cluster': cluster } = values;
  if (!istio.enabled || !(redis.enabled || cluster.enabled)) return [];
  const single = fullName(
    redis.releaseName,
    (redis.nameOverride as string) || 'redis',
    redis.fullnameOverride as string,
  );
  const host = cluster.enabled ? `${clusterName(values)}-headless` : `${single}-master`;
  const { gateway, port, ipBlocks, url } = istio;
  return [
    virtualService({
      name: 'redis',
      namespace,
      labels,
      host: url,
      gateway,
      tcp: [{ match: [{ port }], route: routeTo(host, servicePort) }],
    }),
    ...(ipBlocks.length > 0 ? [onlyFromAtPort(ipBlocks, { name: `${namespace}-redis`, port, gateway, labels })] : []),
    ...(cluster.enabled ? clusterProxy(values, labels) : []),
  ];
}

function clusterName({ 'redis-cluster': cluster }: RedisValues): string {
  const chart = (cluster.nameOverride as string) || 'redis-cluster';
  return fullName(cluster.releaseName, chart, cluster.fullnameOverride as string);
}

/**
 * Nodes of a Redis cluster send clients on to each other, under addresses that exist only inside: the gateway follows
 * these redirections itself. It does so for this one listener, and only the named gateway does.
 */
function clusterProxy(values: RedisValues, labels: Record<string, string>): KubernetesObject[] {
  const { namespace, istio, 'redis-cluster': cluster } = values;
  const [gatewayNamespace, gatewayName] = istio.gateway.split('/') as [string, string];
  const proxied = `${namespace}-${cluster.releaseName}-redis-cluster`;
  const workloadSelector = { labels: { istio: gatewayName } };
  const nodes = clusterName(values);
  const endpoints = Array.from({ length: cluster.cluster.nodes }, (_, index) => ({
    endpoint: {
      address: {
        socket_address: {
          address: `${nodes}-${index}.${nodes}-headless.${namespace}.svc.cluster.local`,
          port_value: servicePort,
        },
      },
    },
  }));
  const filter = (name: string, patch: object): KubernetesObject => ({
    apiVersion: 'networking.istio.io/v1alpha3',
    kind: 'EnvoyFilter',
    metadata: { name, namespace: gatewayNamespace, labels },
    spec: { workloadSelector, configPatches: [patch] },
  });
  return [
    filter(proxied, {
      applyTo: 'CLUSTER',
      patch: {
        operation: 'INSERT_FIRST',
        value: {
          name: proxied,
          connect_timeout: '0.5s',
          lb_policy: 'CLUSTER_PROVIDED',
          load_assignment: { cluster_name: proxied, endpoints: [{ lb_endpoints: endpoints }] },
          cluster_type: {
            name: 'envoy.clusters.redis',
            typed_config: {
              '@type': 'type.googleapis.com/google.protobuf.Struct',
              value: {
                cluster_refresh_rate: '5s',
                cluster_refresh_timeout: '3s',
                redirect_refresh_interval: '5s',
                redirect_refresh_threshold: 5,
              },
            },
          },
        },
      },
    }),
    filter(`${namespace}-${cluster.releaseName}-redis-proxy`, {
      applyTo: 'NETWORK_FILTER',
      match: {
        context: 'GATEWAY',
        listener: {
          name: `0.0.0.0_${istio.port}`,
          filterChain: { filter: { name: 'envoy.filters.network.tcp_proxy' } },
        },
      },
      patch: {
        operation: 'REPLACE',
        value: {
          name: 'envoy.filters.network.redis_proxy',
          typed_config: {
            '@type': 'type.googleapis.com/envoy.extensions.filters.network.redis_proxy.v3.RedisProxy',
            stat_prefix: 'redis_stats',
            prefix_routes: { catch_all_route: { cluster: proxied } },
            settings: {
              op_timeout: '5s',
              enable_redirection: true,
              enable_command_stats: true,
              read_policy: 'PREFER_MASTER',
            },
          },
        },
      },
    }),
  ];
}
