import type { ApiObject } from '../kubernetes/client.ts';
import { readyPods } from '../kubernetes/readiness.ts';
import { apply, type Effect, type EffectContext, objectPath, patchStatus } from './effects.ts';

const operator = { labels: { 'app.kubernetes.io/name': 'elastic-operator' } };
const manager = 'elastic-operator';

const owner = ({ apiVersion, kind, metadata }: ApiObject) => [
  { apiVersion: apiVersion ?? '', kind: kind ?? '', name: metadata.name, uid: metadata.uid ?? '', controller: true },
];

/** The pod template of a custom resource with its main container, which the operator adds where the user didn't name it. */
function podTemplate(
  template: ApiObject | undefined,
  labels: Record<string, string>,
  main: { name: string; image: string },
) {
  const spec = template?.spec ?? {};
  const containers = (spec.containers ?? []) as { name: string }[];
  const own = containers.find(({ name }) => name === main.name);
  return {
    metadata: { ...template?.metadata, labels: { ...template?.metadata?.labels, ...labels } },
    spec: {
      ...spec,
      initContainers: ((spec.initContainers ?? []) as { image?: string }[]).map((container) => ({
        image: main.image,
        ...container,
      })),
      containers: [
        { image: main.image, ...own, name: main.name },
        ...containers.filter(({ name }) => name !== main.name),
      ],
    },
  };
}

/** Elasticsearch: one StatefulSet per node set, a service, a password; green once all of them are ready. */
const elasticsearches: Effect = {
  name: 'elastic-operator',
  resource: { group: 'elasticsearch.k8s.elastic.co', version: 'v1', plural: 'elasticsearches' },
  needs: operator,
  async reconcile(object, context) {
    const { client, view } = context;
    const { name, namespace = '' } = object.metadata;
    const { version, nodeSets = [] } = object.spec;
    const clusterLabels = {
      'elasticsearch.k8s.elastic.co/cluster-name': name,
      'common.k8s.elastic.co/type': 'elasticsearch',
    };
    await service(object, context, `${name}-es-http`, clusterLabels, 9200);
    await service(object, context, `${name}-es-transport`, clusterLabels, 9300);
    await client.ensure(`/api/v1/namespaces/${namespace}/secrets`, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: `${name}-es-elastic-user`, namespace, labels: clusterLabels },
      data: { elastic: Buffer.from('sandbox').toString('base64') },
    });
    let wanted = 0;
    let ready = 0;
    for (const nodeSet of nodeSets as {
      name: string;
      count: number;
      podTemplate?: ApiObject;
      volumeClaimTemplates?: ApiObject[];
    }[]) {
      const setName = `${name}-es-${nodeSet.name}`;
      const labels = { ...clusterLabels, 'elasticsearch.k8s.elastic.co/statefulset-name': setName };
      const image = object.spec.image ?? `docker.elastic.co/elasticsearch/elasticsearch:${version}`;
      const statefulSet = await apply(
        client,
        `/apis/apps/v1/namespaces/${namespace}/statefulsets/${setName}`,
        {
          apiVersion: 'apps/v1',
          kind: 'StatefulSet',
          metadata: { name: setName, namespace, labels, ownerReferences: owner(object) },
          spec: {
            serviceName: setName,
            replicas: nodeSet.count,
            podManagementPolicy: 'Parallel',
            selector: { matchLabels: labels },
            template: podTemplate(
              nodeSet.podTemplate,
              { ...labels, 'elasticsearch.k8s.elastic.co/version': version },
              { name: 'elasticsearch', image },
            ),
            volumeClaimTemplates: nodeSet.volumeClaimTemplates ?? [],
          },
        },
        manager,
      );
      wanted += nodeSet.count;
      const { updateRevision } = statefulSet.status ?? {};
      ready += readyPods(view.pods, {
        namespace,
        labels: { ...labels, ...(updateRevision ? { 'controller-revision-hash': updateRevision } : {}) },
      }).length;
    }
    const status = {
      availableNodes: ready,
      health: ready === wanted ? 'green' : ready > 0 ? 'yellow' : 'unknown',
      phase: ready === wanted ? 'Ready' : 'ApplyingChanges',
      version,
    };
    await show(this, object, context, status);
    return ready === wanted ? undefined : 'waiting';
  },
};

/** Kibana: a Deployment, green once it is available and its Elasticsearch is. */
const kibanas: Effect = {
  name: 'elastic-operator',
  resource: { group: 'kibana.k8s.elastic.co', version: 'v1', plural: 'kibanas' },
  needs: operator,
  async reconcile(object, context) {
    const { client, view } = context;
    const { name, namespace = '' } = object.metadata;
    const { version, count = 1 } = object.spec;
    const labels = { 'kibana.k8s.elastic.co/name': name, 'common.k8s.elastic.co/type': 'kibana' };
    const versioned = { ...labels, 'kibana.k8s.elastic.co/version': version };
    const image = object.spec.image ?? `docker.elastic.co/kibana/kibana:${version}`;
    await service(object, context, `${name}-kb-http`, labels, 5601);
    await apply(
      client,
      `/apis/apps/v1/namespaces/${namespace}/deployments/${name}-kb`,
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: `${name}-kb`, namespace, labels, ownerReferences: owner(object) },
        spec: {
          replicas: count,
          selector: { matchLabels: labels },
          template: podTemplate(object.spec.podTemplate, versioned, { name: 'kibana', image }),
        },
      },
      manager,
    );
    const ready = readyPods(view.pods, { namespace, labels: versioned }).length;
    const status = {
      availableNodes: ready,
      associationStatus: 'Established',
      health: ready >= count ? 'green' : 'red',
      version,
    };
    await show(this, object, context, status);
    return ready >= count ? undefined : 'waiting';
  },
};

async function service(
  object: ApiObject,
  { client }: EffectContext,
  name: string,
  selector: Record<string, string>,
  port: number,
) {
  const { namespace } = object.metadata;
  await client.ensure(`/api/v1/namespaces/${namespace}/services`, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, labels: selector, ownerReferences: owner(object) },
    spec: { selector, ports: [{ name: 'https', port, targetPort: port }] },
  });
}

/** Shows the status unless it is shown already. */
async function show(
  effect: Effect,
  object: ApiObject,
  { client }: EffectContext,
  status: Record<string, unknown>,
): Promise<void> {
  const changed = Object.entries(status).some(([key, value]) => object.status?.[key] !== value);
  if (changed) await patchStatus(client, objectPath(effect.resource, object), status);
}

export const elasticEffects: Effect[] = [elasticsearches, kibanas];
