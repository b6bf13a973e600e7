import { isEnabled, standardLabels } from '../conventions.ts';
import { type ChartInstance, defineModule, type KubernetesObject, type ModuleContext } from '../definition.ts';
import { mergeValues, noGlobalValues } from '../schema.ts';
import { redisExposure } from './exposure.ts';
import { type RedisValues, redisValues } from './schema.ts';

function singleChart({ release, values, all }: ModuleContext<RedisValues>): ChartInstance {
  const { enabled: _, releaseName, ...given } = values.redis;
  const monitored = given.metrics.serviceMonitor.enabled && isEnabled(all, 'metrics');
  return {
    pin: release.charts.redis!,
    releaseName,
    values: mergeValues(
      { architecture: 'standalone', replica: { replicaCount: 0 }, master: { persistence: { enabled: false } } },
      given,
      { metrics: { serviceMonitor: { enabled: monitored } } },
    ),
  };
}

function clusterChart({ release, values, all }: ModuleContext<RedisValues>): ChartInstance {
  const { enabled: _, releaseName, ...given } = values['redis-cluster'];
  const monitored = given.metrics.serviceMonitor.enabled && isEnabled(all, 'metrics');
  return {
    pin: release.charts['redis-cluster']!,
    releaseName,
    values: mergeValues({ persistence: { enabled: false } }, given, {
      metrics: { serviceMonitor: { enabled: monitored } },
    }),
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
  values: redisValues,
  refused: [noGlobalValues('`redis.global`, `redis-cluster.global`')],
  manifest(context) {
    const { release, values, all } = context;
    const { namespace, redis: single, 'redis-cluster': cluster } = values;
    const labels = standardLabels(
      release,
      'redis',
      'kubezero-redis',
      single.enabled ? single.releaseName : cluster.releaseName,
    );
    return {
      namespace: { name: namespace },
      charts: [...(single.enabled ? [singleChart(context)] : []), ...(cluster.enabled ? [clusterChart(context)] : [])],
      objects: [
        ...(isEnabled(all, 'istio') ? redisExposure(values, labels) : []),
        ...values.snapshotgroups.map((group) => snapshotGroup(group, namespace, labels)),
      ],
    };
  },
});
