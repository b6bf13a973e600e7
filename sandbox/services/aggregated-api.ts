import type { ClusterView } from '../kubernetes/cluster-view.ts';
import { isPodReady } from '../kubernetes/readiness.ts';

/**
 * Answer of an aggregated API: discovery for any group, and for `metrics.k8s.io` the usage of nodes and pods (a tenth of
 * a CPU each; nothing really runs in them). undefined: not found.
 */
export function answerAggregated(path: string, view: ClusterView): unknown {
  const [, root, group = '', version = '', ...rest] = path.split('/');
  if (path === '/healthz' || path === '/readyz' || path === '/livez') return { status: 'ok' };
  if (root !== 'apis' || !version) return undefined;
  const groupVersion = `${group}/${version}`;
  const isMetrics = group === 'metrics.k8s.io';
  if (rest.length === 0) {
    const resource = (name: string, kind: string, namespaced: boolean) => ({
      name,
      singularName: '',
      namespaced,
      kind,
      verbs: ['get', 'list'],
    });
    return {
      kind: 'APIResourceList',
      apiVersion: 'v1',
      groupVersion,
      resources: isMetrics ? [resource('nodes', 'NodeMetrics', false), resource('pods', 'PodMetrics', true)] : [],
    };
  }
  if (!isMetrics) return undefined;
  const common = { timestamp: new Date().toISOString(), window: '5m0s' };
  const usage = { cpu: '100m', memory: '128Mi' };
  const nodeMetrics = (name: string) => ({
    kind: 'NodeMetrics',
    apiVersion: groupVersion,
    metadata: { name },
    ...common,
    usage,
  });
  const podMetrics = (namespace: string, name: string, containers: string[]) => ({
    kind: 'PodMetrics',
    apiVersion: groupVersion,
    metadata: { name, namespace },
    ...common,
    containers: containers.map((container) => ({ name: container, usage: { cpu: '10m', memory: '32Mi' } })),
  });
  const list = (kind: string, items: unknown[]) => ({ kind, apiVersion: groupVersion, metadata: {}, items });
  const pods = (namespace?: string) =>
    view.pods
      .values()
      .filter((pod) => isPodReady(pod) && (!namespace || pod.metadata.namespace === namespace))
      .map(({ metadata, spec }) =>
        podMetrics(
          metadata.namespace ?? '',
          metadata.name,
          (spec.containers as { name: string }[]).map(({ name }) => name),
        ),
      );
  const [first, second, third, fourth] = rest;
  if (first === 'nodes') {
    if (second) return view.nodes.get(undefined, second) ? nodeMetrics(second) : undefined;
    return list(
      'NodeMetricsList',
      view.nodes.values().map(({ metadata }) => nodeMetrics(metadata.name)),
    );
  }
  if (first === 'pods') return list('PodMetricsList', pods());
  if (first === 'namespaces' && third === 'pods') {
    if (fourth) return pods(second).find(({ metadata }) => metadata.name === fourth);
    return list('PodMetricsList', pods(second));
  }
  return undefined;
}
