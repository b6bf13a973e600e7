import { z } from 'zod';
import { asOf, since } from '../../releases/range.ts';
import type { Release } from '../../releases/release.ts';
import { moduleKeys, optionalChart, passthrough, section } from '../schema.ts';
import { atLeast } from './elastic-version.ts';

const nodeAffinity = section({
  key: z.string().describe('Label of nodes.'),
  value: z.string().describe('Its value.'),
})
  .optional()
  .describe('Nodes with this label are preferred.');

const nodeSet = section({
  name: z.string().describe('Name of the set, in the names of its pods and volumes.'),
  count: z.number().int().describe('Pods, each on another machine.'),
  storage: section({
    size: z.string().describe('Size of each pod’s volume, e.g. `16Gi`.'),
    class: z.string().optional().describe('StorageClass; default: that of the cluster.'),
  }).describe('Volumes of the set.'),
  zone: z
    .string()
    .optional()
    .describe('Availability zone that the set is kept in; copies of a shard are spread over the sets’ zones.'),
  nodeAffinity,
  resources: passthrough.optional().describe('Requests and limits of each pod.'),
  jvm_heap: z.number().optional().describe('Heap of each pod in GiB; default: by Elasticsearch, from its memory.'),
  processors: z.number().optional().describe('Processors that Elasticsearch counts on; default: those it sees.'),
});

const istio = (gateway: string, what: string) => ({
  enabled: z
    .boolean()
    .default(false)
    .describe(`${what} is reachable through an ingress gateway; needs the module \`istio\`.`),
  gateway: z.string().default(gateway).describe('Gateway as `namespace/name`.'),
});

const fluentBitFile = (what: string) =>
  z
    .string()
    .optional()
    .describe(`Replaces ${what} of fluent-bit’s configuration; may be a template over the chart’s values.`);

const stackVersion = { '1.21': '7.16.3', '1.22': '7.17.3' };

export const values = (release: Release) =>
  section({
    ...moduleKeys,
    namespace: z.string().default('logging').describe('Namespace of everything that logs.'),
    fullnameOverride: z
      .string()
      .optional()
      .describe('Name of Elasticsearch and Kibana; default `logging-kubezero-logging`.'),
    version: z.string().default(asOf(release, stackVersion)).describe('Version of Elasticsearch and Kibana.'),
    elastic_password: z
      .string()
      .default('')
      .describe(
        'Password of user `elastic`; default: the operator makes one up, in the secret `NAME-es-elastic-user`.',
      ),
    'eck-operator': optionalChart().describe(
      'Operator of Elasticsearch and Kibana; switched on by `enabled`, every other key goes to the upstream chart as it is.',
    ),
    es: section({
      nodeSets: z
        .array(nodeSet)
        .default([])
        .describe('Sets of Elasticsearch nodes; without any there is no Elasticsearch and no Kibana.'),
      s3Snapshot: section({
        enabled: z.boolean().default(false).describe('Elasticsearch can keep snapshots in S3.'),
        iamrole: z
          .string()
          .default('')
          .describe(
            'Role for it from Elasticsearch 8.1 on, taken on by the service account `elasticsearch-snapshots`; default: that of the infrastructure, for the folder `k8s/CLUSTER/elasticsearch` of the backup bucket. In 1.21 with an earlier version: for Kiam.',
          ),
        credentialsSecret: z
          .string()
          .optional()
          .describe(
            'Secret with the keys `s3.client.default.access_key` and `s3.client.default.secret_key`, instead of a role.',
          ),
      })
        .prefault({})
        .describe('Snapshots.'),
    })
      .prefault({})
      .describe('Elasticsearch.'),
    kibana: section({
      count: z.number().int().default(1).describe('Pods.'),
      nodeAffinity,
      istio: section({
        ...istio('istio-ingress/ingressgateway', 'Kibana'),
        url: z.string().default('').describe('Host name; Kibana knows itself by it.'),
      })
        .prefault({})
        .describe('VirtualService of Kibana.'),
    })
      .prefault({})
      .describe('Kibana, for reading what is in Elasticsearch.'),
    fluentd: section({
      enabled: z.boolean().default(false).describe('Whether fluentd is deployed.'),
      replicaCount: z.number().int().default(1).describe('Pods.'),
      url: z.string().default('').describe('Host name that clients outside the cluster send logs to.'),
      output: section({
        host: z
          .string()
          .optional()
          .describe('Host of Elasticsearch; default: the service of this module’s, or `logging-es-http`.'),
      })
        .prefault({})
        .describe('Where logs go.'),
      affinity: passthrough.optional().describe('Placement of the pods.'),
      extraEnvVars: z
        .array(z.record(z.string(), z.unknown()))
        .optional()
        .describe('Further environment variables, as in a container.'),
      istio: section(istio('istio-ingress/private-ingressgateway', 'fluentd'))
        .prefault({})
        .describe('VirtualService of fluentd, for ports 24224 (forward) and 9880 (HTTP).'),
    })
      .prefault({})
      .describe(
        'Takes logs from fluent-bit and writes them to Elasticsearch, through the ingest pipeline `fluentd`. A job creates the pipeline where it is missing, also a template and Kibana’s index pattern for the indices `logstash-*`; an Elasticsearch that isn’t of this module needs the pipeline from elsewhere.',
      ),
    'fluent-bit': section({
      enabled: z.boolean().default(false).describe('Whether fluent-bit is deployed.'),
      config: section({
        output: section({
          host: z.string().default('logging-fluentd').describe('Host of fluentd.'),
          sharedKey: z.string().default('cloudbender').describe('What it proves itself to fluentd with.'),
          tls: z.boolean().default(false).describe('Speak TLS to fluentd, as to one behind a gateway.'),
        })
          .prefault({})
          .describe('Where logs go.'),
        input: section({
          memBufLimit: z.string().default('4MB').describe('Memory for logs that aren’t sent yet.'),
          refreshInterval: z.number().int().default(10).describe('Seconds between two looks for new files.'),
        })
          .prefault({})
          .describe('How logs are read.'),
        logLevel: z.string().default('info').describe('Of its own log: `error`, `warn`, `info`, `debug` or `trace`.'),
        flushInterval: z.number().int().default(5).describe('Seconds between two flushes.'),
        extraRecords: z
          .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
          .optional()
          .describe('Added to each record, e.g. `source.clustername`.'),
        service: fluentBitFile('[SERVICE]'),
        inputs: fluentBitFile('the inputs'),
        filters: fluentBitFile('the filters'),
        outputs: fluentBitFile('the outputs'),
        customParsers: fluentBitFile('the parsers'),
        extraFiles: z.record(z.string(), z.string()).optional().describe('Further files beside the configuration.'),
      })
        .prefault({})
        .describe('Its configuration.'),
    })
      .prefault({})
      .describe('Reads the container logs of every node and sends them to fluentd.'),
  }).superRefine(({ version, es, kibana, fluentd, 'eck-operator': operator }, context) => {
    const wrong = (path: string[], input: unknown, message: string) =>
      context.addIssue({ code: 'custom', path, input, message });
    if (es.nodeSets.length > 0 && !operator.enabled) {
      wrong(
        ['eck-operator', 'enabled'],
        operator.enabled,
        'expected true: it runs Elasticsearch, which es.nodeSets asks for',
      );
    }
    if (kibana.istio.enabled && !kibana.istio.url) {
      wrong(['kibana', 'istio', 'url'], kibana.istio.url, 'expected the host name that clients use');
    }
    if (fluentd.istio.enabled && !fluentd.url) {
      wrong(['fluentd', 'url'], fluentd.url, 'expected the host name that clients use');
    }
    if (es.s3Snapshot.iamrole && !atLeast(version, 8, 1) && since(release, '1.22')) {
      wrong(
        ['es', 's3Snapshot', 'iamrole'],
        es.s3Snapshot.iamrole,
        `expected no role with Elasticsearch ${version}: there is no Kiam any more, and only from 8.1 on it takes on a role by itself (use credentialsSecret)`,
      );
    }
  });
export type LoggingValues = z.infer<ReturnType<typeof values>>;
