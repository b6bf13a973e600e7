import { fullName, needs, standardLabels } from '../conventions.ts';
import { type ChartInstance, defineModule, type KubernetesObject, type ModuleContext } from '../definition.ts';
import { mergeValues, noGlobalValues } from '../schema.ts';
import { redisDashboards } from './dashboards.ts';
import { redisExposure } from './exposure.ts';
import { type RedisValues, redisValues } from './schema.ts';

function singleChart({ release, values }: ModuleContext<RedisValues>): ChartInstance {
  const { enabled: _, releaseName, ...given } = values.redis;
  return {
    pin: release.charts.redis!,
    releaseName,
    values: mergeValues(
      { architecture: 'standalone', replica: { replicaCount: 0 }, master: { persistence: { enabled: false } } },
      given,
    ),
  };
}

function clusterChart({ release, values }: ModuleContext<RedisValues>): ChartInstance {
  const { enabled: _, releaseName, ...given } = values['redis-cluster'];
  return {
    pin: release.charts['redis-cluster']!,
    releaseName,
    values: mergeValues({ persistence: { enabled: false } }, given),
  };
}

function snapshotGroup(
  { name, claimName, schedule }: RedisValues['snapshotgroups'][number],
  namespace: string,
  labels: Record<string, string>,
): KubernetesObject {
  return {
    apiVersion: 'gemini.fairwinds.com/v1beta1',
    kind: 'SnapshotGroup',
    metadata: { name, namespace, labels },
    spec: { persistentVolumeClaim: { claimName }, schedule },
  };
}

export const redis = defineModule<RedisValues>({
  id: 'redis',
  purpose: 'Redis, as a single server or as a cluster',
  dependsOn: ['storage', 'istio', 'metrics'],
  requires: [
    needs('istio', 'istio.enabled'),
    needs('metrics', 'redis.metrics.serviceMonitor.enabled'),
    needs('metrics', 'redis-cluster.metrics.serviceMonitor.enabled'),
    {
      module: 'storage',
      from: ({ snapshotgroups }) => (snapshotgroups.length > 0 ? ['snapshotgroups'] : undefined),
    },
  ],
  values: redisValues,
  refused: [noGlobalValues('`redis.global`, `redis-cluster.global`')],
  manifest(context) {
    const { release, values } = context;
    const { namespace, redis: single, 'redis-cluster': cluster } = values;
    const { releaseName } = single.enabled ? single : cluster;
    const measured = [single, cluster].some(({ enabled, metrics }) => enabled && metrics.enabled);
    const labels = standardLabels(release, 'redis', 'kubezero-redis', releaseName);
    return {
      namespace: { name: namespace },
      charts: [...(single.enabled ? [singleChart(context)] : []), ...(cluster.enabled ? [clusterChart(context)] : [])],
      objects: [
        ...redisExposure(values, labels),
        ...(measured ? [redisDashboards(fullName(releaseName, 'kubezero-redis'), namespace, labels)] : []),
        ...values.snapshotgroups.map((group) => snapshotGroup(group, namespace, labels)),
      ],
    };
  },
});
