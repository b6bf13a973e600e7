import { z } from 'zod';
import { exposureKeys, ipBlocks } from '../exposure.ts';
import { moduleKeys, openSection, releaseNameKey, section } from '../schema.ts';

const metrics = openSection({
  enabled: z.boolean().default(false).describe('An exporter in each pod, and a dashboard.'),
  serviceMonitor: openSection({
    enabled: z.boolean().default(false).describe('Prometheus collects the metrics; needs the module `metrics`.'),
  })
    .prefault({})
    .describe('How Prometheus collects the metrics.'),
})
  .prefault({})
  .describe('Metrics of Redis.');

const redis = openSection({
  enabled: z.boolean().default(false).describe('Whether there is a Redis.'),
  releaseName: releaseNameKey('redis'),
  auth: openSection({
    enabled: z
      .boolean()
      .default(false)
      .describe(
        'Clients need the password in `password` or in the Secret `existingSecret`; without, one is made up once.',
      ),
  })
    .prefault({})
    .describe('Who may connect.'),
  metrics,
})
  .prefault({})
  .describe('One Redis, in memory, without replicas and password; other keys go to its chart.');

const cluster = openSection({
  enabled: z.boolean().default(false).describe('Whether there is a Redis cluster.'),
  releaseName: releaseNameKey('redis-cluster'),
  usePassword: z
    .boolean()
    .default(false)
    .describe(
      'Clients need the password in `password` or in the Secret `existingSecret`; without, one is made up once.',
    ),
  cluster: openSection({
    nodes: z.number().int().default(2).describe('Pods.'),
    replicas: z.number().int().default(1).describe('Replicas of each primary.'),
  })
    .prefault({})
    .describe('Size of the cluster.'),
  metrics,
})
  .prefault({})
  .describe('Redis cluster, in memory and without password; other keys go to its chart.');

const snapshotGroup = section({
  name: z.string().describe('Name of the group.'),
  claimName: z.string().describe('PersistentVolumeClaim, e.g. `redis-data-redis-master-0`.'),
  schedule: z
    .array(
      section({
        every: z.string().describe('How often, e.g. `hour` or `day`.'),
        keep: z.number().int().describe('How many of these snapshots are kept.'),
      }),
    )
    .describe('When snapshots are made.'),
});

const istio = section({
  ...exposureKeys(),
  port: z.number().int().default(6379).describe('Port, which the gateway must have.'),
  ipBlocks,
})
  .prefault({})
  .superRefine(({ enabled, url }, context) => {
    if (enabled && !url) context.addIssue({ code: 'custom', path: ['url'], message: 'the host name is missing' });
  })
  .describe('Where Redis is reachable: the cluster if there is one, through a proxy that knows its nodes.');

export const redisValues = () =>
  section({
    ...moduleKeys,
    namespace: z.string().default('redis').describe('Namespace of all tools of the module.'),
    redis,
    'redis-cluster': cluster,
    istio,
    snapshotgroups: z
      // KubeZero's values have an empty map for none.
      .preprocess((given) => (isEmptyMap(given) ? [] : given), z.array(snapshotGroup))
      .default([])
      .describe('Scheduled snapshots of volumes, made by `gemini` of the module `storage`.'),
  });
export type RedisValues = z.infer<ReturnType<typeof redisValues>>;

function isEmptyMap(given: unknown): boolean {
  return typeof given === 'object' && given !== null && !Array.isArray(given) && Object.keys(given).length === 0;
}
