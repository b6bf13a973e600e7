import type { KubernetesObject } from '../definition.ts';
import type { LoggingValues } from './schema.ts';

interface Placement {
  name: string;
  namespace: string;
  labels: Record<string, string>;
  /** Metrics of Elasticsearch are scraped. */
  monitored: boolean;
}

type NodeSet = LoggingValues['es']['nodeSets'][number];
const plainHttp = { tls: { selfSignedCertificate: { disabled: true } } };

/** Elasticsearch and Kibana with the elastic user's password; nothing without node sets. */
export function elasticStack(values: LoggingValues, at: Placement): KubernetesObject[] {
  if (values.es.nodeSets.length === 0) return [];
  const { name, namespace, labels } = at;
  const secret = (suffix: string, key: string, value: string): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'Opaque',
    metadata: {
      name: `${name}-es-${suffix}`,
      namespace,
      labels: {
        ...labels,
        'common.k8s.elastic.co/type': 'elasticsearch',
        'elasticsearch.k8s.elastic.co/cluster-name': name,
      },
    },
    data: { [key]: Buffer.from(value).toString('base64') },
  });
  return [
    secret('elastic-user', 'elastic', values.elastic_password),
    secret('elastic-username', 'username', 'elastic'),
    {
      apiVersion: 'elasticsearch.k8s.elastic.co/v1',
      kind: 'Elasticsearch',
      metadata: { name, namespace, labels },
      spec: {
        version: values.version,
        nodeSets: values.es.nodeSets.map((set) => nodeSet(set, values, at)),
        http: plainHttp,
      },
    },
    kibana(values, at),
    ...(at.monitored ? [monitor(at)] : []),
  ];
}

function nodeSet(set: NodeSet, values: LoggingValues, { name, monitored }: Placement) {
  const { s3Snapshot } = values.es;
  const plugins = [
    ...(s3Snapshot.enabled ? ['bin/elasticsearch-plugin install --batch repository-s3;'] : []),
    ...(monitored
      ? [
          `bin/elasticsearch-plugin install --batch https://github.com/vvanholl/elasticsearch-prometheus-exporter/releases/download/${values.version}.0/prometheus-exporter-${values.version}.0.zip;`,
        ]
      : []),
  ];
  return {
    name: set.name,
    count: set.count,
    config: {
      'node.roles': ['master', 'data', 'ingest'],
      ...(monitored ? { 'prometheus.indices': false } : {}),
      ...(set.zone
        ? {
            'node.attr.zone': set.zone,
            'cluster.routing.allocation.awareness.attributes': 'k8s_node_name,zone',
          }
        : {}),
      'transport.compress': true,
      ...(set.processors ? { 'node.processors': set.processors } : {}),
      'indices.memory.index_buffer_size': '20%',
    },
    podTemplate: {
      ...(s3Snapshot.iamrole ? { metadata: { annotations: { 'iam.amazonaws.com/role': s3Snapshot.iamrole } } } : {}),
      spec: {
        ...(plugins.length > 0
          ? { initContainers: [{ name: 'install-plugins', command: ['sh', '-c', `${plugins.join('\n')}\n`] }] }
          : {}),
        containers: [
          {
            name: 'elasticsearch',
            securityContext: { capabilities: { add: ['SYS_CHROOT'] } },
            ...(set.resources ? { resources: set.resources } : {}),
            ...(set.jvm_heap
              ? { env: [{ name: 'ES_JAVA_OPTS', value: `-Xms${set.jvm_heap}g -Xmx${set.jvm_heap}g` }] }
              : {}),
          },
        ],
        affinity: {
          podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
              {
                labelSelector: { matchLabels: { 'elasticsearch.k8s.elastic.co/cluster-name': name } },
                topologyKey: 'kubernetes.io/hostname',
              },
            ],
          },
          ...zoneAndNodes(set),
        },
      },
    },
    volumeClaimTemplates: [
      {
        metadata: { name: 'elasticsearch-data' },
        spec: {
          accessModes: ['ReadWriteOnce'],
          resources: { requests: { storage: set.storage.size } },
          ...(set.storage.class ? { storageClassName: set.storage.class } : {}),
        },
      },
    ],
  };
}

function zoneAndNodes({ zone, nodeAffinity }: NodeSet) {
  if (!zone && !nodeAffinity) return {};
  return {
    nodeAffinity: {
      ...(zone
        ? {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [
                { matchExpressions: [{ key: 'topology.kubernetes.io/zone', operator: 'In', values: [zone] }] },
              ],
            },
          }
        : {}),
      ...(nodeAffinity ? preferred(nodeAffinity) : {}),
    },
  };
}

function preferred({ key, value }: { key: string; value: string }) {
  return {
    preferredDuringSchedulingIgnoredDuringExecution: [
      { weight: 1, preference: { matchExpressions: [{ key, operator: 'In', values: [value] }] } },
    ],
  };
}

function kibana({ version, kibana: values }: LoggingValues, { name, namespace, labels }: Placement): KubernetesObject {
  return {
    apiVersion: 'kibana.k8s.elastic.co/v1',
    kind: 'Kibana',
    metadata: { name, namespace, labels },
    spec: {
      version,
      count: values.count,
      elasticsearchRef: { name, namespace },
      config: {
        'elasticsearch.requestTimeout': 180000,
        'elasticsearch.shardTimeout': 180000,
        ...(values.istio.url ? { 'server.publicBaseUrl': `https://${values.istio.url}` } : {}),
      },
      podTemplate: {
        spec: {
          containers: [
            {
              name: 'kibana',
              resources: { requests: { memory: '1Gi', cpu: '200m' }, limits: { memory: '2Gi' } },
            },
          ],
          ...(values.nodeAffinity ? { affinity: { nodeAffinity: preferred(values.nodeAffinity) } } : {}),
        },
      },
      http: plainHttp,
    },
  };
}

function monitor({ name, namespace, labels }: Placement): KubernetesObject {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    metadata: { name: `${name}-es`, namespace, labels: { ...labels, release: 'metrics' } },
    spec: {
      endpoints: [
        {
          basicAuth: {
            username: { name: `${name}-es-elastic-username`, key: 'username' },
            password: { name: `${name}-es-elastic-user`, key: 'elastic' },
          },
          port: 'http',
          path: '/_prometheus/metrics',
        },
      ],
      selector: {
        matchExpressions: [{ key: 'elasticsearch.k8s.elastic.co/statefulset-name', operator: 'DoesNotExist' }],
        matchLabels: {
          'common.k8s.elastic.co/type': 'elasticsearch',
          'elasticsearch.k8s.elastic.co/cluster-name': name,
        },
      },
    },
  };
}
