import { z } from 'zod';
import { exposureKeys } from '../exposure.ts';
import { moduleKeys, passthrough, releaseNameKey, section } from '../schema.ts';

const relabelings = (when: string) =>
  z.array(z.record(z.string(), z.unknown())).optional().describe(`Relabeling ${when}.`);

const serviceMonitor = section({
  enabled: z.boolean().default(false).describe('Prometheus collects what is up; needs the module `metrics`.'),
  namespace: z.string().optional().describe('Namespace of the ServiceMonitor; default: that of the module.'),
  jobLabel: z.string().optional().describe('Label of the Service that gives the job’s name.'),
  interval: z.string().optional().describe('How often metrics are collected, e.g. `60s`.'),
  scrapeTimeout: z.string().optional().describe('How long that may take.'),
  relabelings: relabelings('of the target'),
  metricRelabelings: relabelings('of the metrics'),
  namespaceSelector: passthrough
    .optional()
    .describe('Namespaces that the Service is looked for in; default: that of the module.'),
  basicAuth: section({
    username: z.string().describe('Name of a user of Uptime Kuma.'),
    password: z.string().describe('The user’s password.'),
  })
    .optional()
    .describe('Login for the metrics, which Uptime Kuma shows to its users only.'),
})
  .prefault({})
  .describe('Metrics of what is watched, and a dashboard.');

export const uptimeKumaValues = () =>
  section({
    ...moduleKeys,
    namespace: z.string().default('uptime-kuma').describe('Namespace of Uptime Kuma.'),
    releaseName: releaseNameKey('uptime-kuma'),
    nameOverride: z.string().default('').describe('Replaces `uptime-kuma` in the names of objects.'),
    fullnameOverride: z.string().default('').describe('Name of the objects.'),
    service: section({ port: z.number().int().default(3001).describe('Port of the Service.') })
      .prefault({})
      .describe('How it is reached within the cluster.'),
    image: z.string().default('louislam/uptime-kuma').describe('Image of Uptime Kuma.'),
    version: z.string().default('1.9.1-alpine').describe('Tag of the image.'),
    resources: passthrough.default({}).describe('`resources` of the container.'),
    storageClassName: z.string().optional().describe('StorageClass of the volume; default: that of the cluster.'),
    nodeSelector: z.record(z.string(), z.string()).optional().describe('Labels of the nodes to run on.'),
    tolerations: z.array(z.record(z.string(), z.unknown())).optional().describe('Taints that the pod tolerates.'),
    istio: section(exposureKeys({ url: 'uptime.example.com' }))
      .prefault({})
      .describe('Where it is reachable.'),
    serviceMonitor,
  });
export type UptimeKumaValues = z.infer<ReturnType<typeof uptimeKumaValues>>;
