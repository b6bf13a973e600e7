import { z } from 'zod';
import type { Release } from '../../releases/release.ts';
import { moduleKeys, optionalChart, passthrough, section } from '../schema.ts';

const nodeAffinity = section({ key: z.string(), value: z.string() })
  .optional()
  .describe('Node label that is preferred.');

const nodeSet = section({
  name: z.string(),
  count: z.number().int(),
  storage: section({ size: z.string(), class: z.string().optional() }),
  zone: z.string().optional().describe('Availability zone that the set is kept in.'),
  nodeAffinity,
  resources: passthrough.optional(),
  jvm_heap: z.number().optional().describe('GiB.'),
  processors: z.number().optional(),
});

const stackVersion = { '1.21': '7.16.3', '1.22': '7.17.3' } as const;

export const values = (release: Release) =>
  section({
    ...moduleKeys,
    namespace: z.string().default('logging'),
    fullnameOverride: z
      .string()
      .optional()
      .describe('Name of Elasticsearch and Kibana; `logging` matches the defaults of fluentd and fluent-bit.'),
    version: z.string().default(stackVersion[release.id]).describe('Version of Elasticsearch and Kibana.'),
    elastic_password: z.string().default('').describe('Password of user `elastic`.'),
    'eck-operator': optionalChart(),
    es: section({
      nodeSets: z.array(nodeSet).default([]).describe('Without node sets there is no Elasticsearch and no Kibana.'),
      s3Snapshot: section({ enabled: z.boolean().default(false), iamrole: z.string().default('') }).prefault({}),
    }).prefault({}),
    kibana: section({
      count: z.number().int().default(1),
      nodeAffinity,
      istio: section({
        enabled: z.boolean().default(false),
        gateway: z.string().default('istio-ingress/ingressgateway'),
        url: z.string().default(''),
      }).prefault({}),
    }).prefault({}),
    fluentd: section({
      enabled: z.boolean().default(false),
      replicaCount: z.number().int().default(1),
      url: z.string().default('').describe('Host name that clients outside the cluster send logs to.'),
      output: section({ host: z.string().default('logging-es-http') }).prefault({}),
      affinity: passthrough.optional(),
      extraEnvVars: z.array(z.record(z.string(), z.unknown())).optional(),
      istio: section({
        enabled: z.boolean().default(false),
        gateway: z.string().default('istio-ingress/private-ingressgateway'),
      }).prefault({}),
    }).prefault({}),
    'fluent-bit': section({
      enabled: z.boolean().default(false),
      config: section({
        output: section({
          host: z.string().default('logging-fluentd'),
          sharedKey: z.string().default('cloudbender'),
          tls: z.boolean().default(false),
        }).prefault({}),
        input: section({
          memBufLimit: z.string().default('4MB'),
          refreshInterval: z.number().int().default(10).describe('Seconds.'),
        }).prefault({}),
        logLevel: z.string().default('info'),
        flushInterval: z.number().int().default(5).describe('Seconds.'),
        extraRecords: z.record(z.string(), z.string()).optional().describe('Added to each record.'),
      }).prefault({}),
    }).prefault({}),
  });
export type LoggingValues = z.infer<ReturnType<typeof values>>;
