import type { V1Node, V1Pod } from '@kubernetes/client-node';
import type { Cluster } from '../../../../automation/live/kubernetes/client.ts';
import { type NodeState, type Nodes, namespace, type PodState } from './nodes.ts';
import type { Objects } from './objects.ts';
import { apiError, type Session } from './session.ts';

export interface ClusterState {
  nodes: Nodes;
  objects: Objects;
  /** Without a quorum of etcd's members nothing is answered. */
  hasQuorum(): boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: arguments of every call, as the generated client takes them
type Arguments = any;

/** A cluster as one run has it: the calls that steps make, on nodes and objects in memory. */
export function clusterOf({ nodes, objects, hasQuorum }: ClusterState, session: Session): Cluster {
  const answer = () => {
    if (!hasQuorum()) throw apiError(500, 'etcdserver: no leader');
  };
  const read = <T>(call: string, look: () => T) =>
    session.read(call, () => {
      answer();
      return look();
    });
  const change = <T>(call: string, object: string, act: () => T) =>
    session.change(call, object, () => {
      answer();
      return act();
    });
  const node = (name: string): NodeState => {
    const found = nodes.nodes.get(name);
    if (!found) throw apiError(404, `nodes "${name}" not found`);
    return found;
  };
  const allPods = (): V1Pod[] => [...[...nodes.pods.values()].map(podOf), ...objects.list('Pod')];

  /** The calls by name that a kind of objects has. */
  const calls = (kind: string) => ({
    [`readNamespaced${kind}`]: ({ name }: Arguments) => read(`read${kind}`, () => objects.get(kind, name)),
    [`createNamespaced${kind}`]: ({ body }: Arguments) =>
      change(`create${kind}`, body.metadata.name, () => objects.create(kind, body)),
    [`replaceNamespaced${kind}`]: ({ name, body }: Arguments) =>
      change(`replace${kind}`, name, () => objects.replace(kind, name, body)),
    [`deleteNamespaced${kind}`]: async ({ name }: Arguments) => {
      // Refused before anything is changed.
      await read(`delete${kind}`, () => objects.get(kind, name));
      return change(`delete${kind}`, name, () => objects.delete(kind, name));
    },
  });

  const core = {
    ...calls('ConfigMap'),
    ...calls('Service'),
    ...calls('ServiceAccount'),
    ...calls('Pod'),
    listNode: () => read('listNode', () => ({ items: [...nodes.nodes.values()].map(nodeOf) })),
    readNode: ({ name }: Arguments) => read('readNode', () => nodeOf(node(name))),
    patchNode: ({ name, body }: Arguments) =>
      change('patchNode', name, () => {
        node(name).unschedulable = body[0].op === 'add';
      }),
    listPodForAllNamespaces: ({ fieldSelector }: Arguments = {}) =>
      read('listPod', () => {
        const on = fieldSelector?.replace('spec.nodeName=', '');
        return { items: allPods().filter(({ spec }) => !on || spec?.nodeName === on) };
      }),
    listNamespacedPod: ({ namespace: wanted, labelSelector }: Arguments) =>
      read('listPod', () => {
        const [key, value] = (labelSelector ?? '').split('=');
        return {
          items: allPods().filter(
            ({ metadata }) => metadata?.namespace === wanted && (!key || metadata?.labels?.[key] === value),
          ),
        };
      }),
    createNamespacedPodEviction: async ({ name }: Arguments) => {
      await read('evict', () => {
        if (!nodes.pods.has(name)) throw apiError(404, `pods "${name}" not found`);
      });
      const refused = await change('evict', name, () => nodes.evict(name));
      if (refused) throw apiError(429, refused);
    },
  };
  const apps = {
    ...calls('DaemonSet'),
    ...calls('Deployment'),
    patchNamespacedDaemonSet: ({ name, body }: Arguments) =>
      change('patchDaemonSet', name, () => objects.annotate(name, body[0].value)),
    listDeploymentForAllNamespaces: () =>
      read('listDeployment', () => ({
        items: nodes.workloads.map(({ name, replicas }) => {
          const pods = [...nodes.pods.values()].filter(({ owner, deleting }) => owner === name && !deleting);
          const status = {
            replicas,
            updatedReplicas: pods.length,
            availableReplicas: pods.filter(({ ready }) => ready).length,
          };
          return { metadata: { name, namespace }, spec: { replicas }, status };
        }),
      })),
    listStatefulSetForAllNamespaces: () => read('listStatefulSet', () => ({ items: [] })),
    listDaemonSetForAllNamespaces: () => read('listDaemonSet', () => ({ items: objects.list('DaemonSet') })),
  };
  const crds = {
    readCustomResourceDefinition: ({ name }: Arguments) =>
      read('readDefinition', () => objects.get('CustomResourceDefinition', name)),
    listCustomResourceDefinition: () =>
      read('listDefinition', () => ({ items: objects.list('CustomResourceDefinition') })),
  };
  const batch = { ...calls('Job'), ...calls('CronJob') };
  return { context: 'demo', server: 'https://demo:6443', core, apps, crds, batch } as unknown as Cluster;
}

function nodeOf({ name, machine, zone, controller, version, unschedulable, ready }: NodeState): V1Node {
  return {
    metadata: { name, labels: controller ? { 'node-role.kubernetes.io/control-plane': '' } : {} },
    spec: { providerID: `aws:///${zone}/${machine}`, ...(unschedulable ? { unschedulable } : {}) },
    status: {
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'Unknown' }],
      nodeInfo: { kubeletVersion: `v${version}` } as never,
    },
  };
}

function podOf({ name, namespace, node, owner, kind, version, ready, deleting, toleratesCordon }: PodState): V1Pod {
  const isStatic = kind === 'Node';
  return {
    metadata: {
      name,
      namespace,
      ...(deleting ? { deletionTimestamp: new Date(0) } : {}),
      labels: isStatic ? { tier: 'control-plane', component: owner } : { app: owner },
      annotations: isStatic ? { 'kubernetes.io/config.mirror': 'x' } : {},
      ownerReferences: [{ apiVersion: 'v1', kind, name: owner, uid: owner }],
    },
    spec: {
      nodeName: node,
      ...(toleratesCordon ? { tolerations: [{ operator: 'Exists' }] } : {}),
      containers: [{ name: owner, image: `registry/${owner}:v${version ?? '1'}` }],
    },
    status: {
      phase: node ? 'Running' : 'Pending',
      conditions: node
        ? [{ type: 'Ready', status: ready ? 'True' : 'False' }]
        : [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0 nodes are available' }],
    },
  };
}
