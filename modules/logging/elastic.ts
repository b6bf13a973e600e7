import type { KubernetesObject } from '../definition.ts';
import { kibana } from './kibana.ts';
import { type Placement, plainHttp, preferred } from './placement.ts';
import type { LoggingValues } from './schema.ts';
import { setup } from './setup.ts';

type NodeSet = LoggingValues['es']['nodeSets'][number];

/** Elasticsearch and Kibana with the elastic user's password and what fluentd expects of them; nothing without node sets. */
export function elasticStack(values: LoggingValues, at: Placement): KubernetesObject[] {
  if (values.es.nodeSets.length === 0) return [];
  const { name, namespace, labels, snapshots } = at;
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
    // Without a password of the user's the operator makes one up, in a secret of the same name.
    ...(values.elastic_password ? [secret('elastic-user', 'elastic', values.elastic_password)] : []),
    secret('elastic-username', 'username', 'elastic'),
    ...snapshots.objects,
    {
      apiVersion: 'elasticsearch.k8s.elastic.co/v1',
      kind: 'Elasticsearch',
      metadata: { name, namespace, labels },
      spec: {
        version: values.version,
        nodeSets: values.es.nodeSets.map((set) => nodeSet(set, values, at)),
        http: plainHttp,
        ...(snapshots.secureSettings ? { secureSettings: snapshots.secureSettings } : {}),
      },
    },
    kibana(values, at),
    setup(values, at),
    ...(at.monitored ? [monitor(at)] : []),
  ];
}

function nodeSet(set: NodeSet, { version }: LoggingValues, { name, monitored, snapshots }: Placement) {
  const exporter = `https://github.com/vvanholl/elasticsearch-prometheus-exporter/releases/download/${version}.0/prometheus-exporter-${version}.0.zip`;
  const plugins = [...(snapshots.plugin ? [snapshots.plugin] : []), ...(monitored ? [exporter] : [])];
  const env = [
    ...(set.jvm_heap ? [{ name: 'ES_JAVA_OPTS', value: `-Xms${set.jvm_heap}g -Xmx${set.jvm_heap}g` }] : []),
    ...snapshots.env,
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
      ...(snapshots.annotations ? { metadata: { annotations: snapshots.annotations } } : {}),
      spec: {
        ...snapshots.pod,
        ...(plugins.length > 0 ? { initContainers: [installPlugins(plugins)] } : {}),
        containers: [
          {
            name: 'elasticsearch',
            securityContext: { capabilities: { add: ['SYS_CHROOT'] } },
            ...(set.resources ? { resources: set.resources } : {}),
            ...(env.length > 0 ? { env } : {}),
            ...(snapshots.volumeMounts.length > 0 ? { volumeMounts: snapshots.volumeMounts } : {}),
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

function installPlugins(plugins: string[]) {
  const commands = plugins.map((plugin) => `bin/elasticsearch-plugin install --batch ${plugin};\n`);
  return { name: 'install-plugins', command: ['sh', '-c', commands.join('')] };
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
