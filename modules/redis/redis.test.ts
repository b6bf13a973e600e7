import { describe, expect, it } from 'vitest';
import { release } from '../../releases/index.ts';
import { charts, chartValues, find, manifest, names } from '../../test/unit/modules/context.ts';
import { checkValues } from '../values.ts';

const on = { enabled: true };
const others = { istio: on, metrics: on, storage: on };
const render = (redis: object) => manifest('redis', '1.22', { ...others, redis });
const problems = (redis: object, values: object = others) =>
  checkValues({ ...values, redis: { ...on, ...redis } }, release('1.22')).problems.map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );
const istio = { ...on, url: 'redis.example.com' };

describe('redis', () => {
  it('is a single server, a cluster, or both, in memory and open to the cluster', () => {
    expect(charts(render({ redis: on, 'redis-cluster': on }))).toEqual([
      'redis 15.5.4 as redis',
      'redis-cluster 6.3.9 as redis-cluster',
    ]);
    expect(chartValues(render({ redis: on }), 'redis')).toMatchObject({
      architecture: 'standalone',
      replica: { replicaCount: 0 },
      auth: { enabled: false },
      master: { persistence: { enabled: false } },
    });
    expect(chartValues(render({ 'redis-cluster': on }), 'redis-cluster')).toMatchObject({
      usePassword: false,
      cluster: { nodes: 2, replicas: 1 },
      persistence: { enabled: false },
    });
  });

  it('exposes the single server where there is no cluster', () => {
    const { objects } = render({ redis: on, istio });
    expect(names(objects)).toEqual(['VirtualService redis/redis']);
    expect(find(objects, 'VirtualService', 'redis').spec).toEqual({
      gateways: ['istio-ingress/private-ingressgateway'],
      hosts: ['redis.example.com'],
      tcp: [{ match: [{ port: 6379 }], route: [{ destination: { host: 'redis-master', port: { number: 6379 } } }] }],
    });
    expect(problems({ redis: on, istio: on })).toEqual(['redis.istio.url: the host name is missing']);
  });

  it('exposes a cluster through a proxy in the gateway, which follows redirections', () => {
    const { objects } = render({ 'redis-cluster': { ...on, cluster: { nodes: 6 } }, istio: { ...istio, port: 7000 } });
    expect(names(objects)).toEqual([
      'VirtualService redis/redis',
      'EnvoyFilter istio-ingress/redis-redis-cluster-redis-cluster',
      'EnvoyFilter istio-ingress/redis-redis-cluster-redis-proxy',
    ]);
    const cluster = find(objects, 'EnvoyFilter', 'redis-redis-cluster-redis-cluster');
    const { lb_endpoints: endpoints } = cluster.spec.configPatches[0].patch.value.load_assignment.endpoints[0];
    expect(endpoints).toHaveLength(6);
    expect(endpoints[0].endpoint.address.socket_address).toEqual({
      address: 'redis-cluster-0.redis-cluster-headless.redis.svc.cluster.local',
      port_value: 6379,
    });
    const proxy = find(objects, 'EnvoyFilter', 'redis-redis-cluster-redis-proxy');
    expect(proxy.spec.workloadSelector.labels).toEqual({ istio: 'private-ingressgateway' });
    expect(proxy.spec.configPatches[0].match.listener.name).toBe('0.0.0.0_7000');
  });

  it('keeps other addresses out at the gateway it is exposed by', () => {
    const gateway = 'istio-ingress/ingressgateway';
    const { objects } = render({ redis: on, istio: { ...istio, gateway, ipBlocks: ['10.0.0.0/8'] } });
    const policy = find(objects, 'AuthorizationPolicy', 'redis-redis-deny-not-in-ipblocks');
    expect(policy.metadata.namespace).toBe('istio-system');
    expect(policy.spec).toEqual({
      selector: { matchLabels: { app: 'istio-ingressgateway' } },
      action: 'DENY',
      rules: [{ from: [{ source: { notIpBlocks: ['10.0.0.0/8'] } }], to: [{ operation: { ports: ['6379'] } }] }],
    });
  });

  it('has volumes snapshot on a schedule', () => {
    const group = { name: 'snaps', claimName: 'redis-data-redis-master-0', schedule: [{ every: 'hour', keep: 24 }] };
    const { objects } = render({ redis: on, snapshotgroups: [group] });
    expect(find(objects, 'SnapshotGroup', 'snaps').spec).toEqual({
      persistentVolumeClaim: { claimName: 'redis-data-redis-master-0' },
      schedule: [{ every: 'hour', keep: 24 }],
    });
    expect(problems({ snapshotgroups: [group] }, {})).toEqual([
      'redis.snapshotgroups: needs module storage, which is off',
    ]);
    expect(problems({ snapshotgroups: {} })).toEqual([]);
  });

  it('has a dashboard where there are metrics', () => {
    const { objects } = render({ 'redis-cluster': { ...on, metrics: on } });
    expect(names(objects)).toEqual(['ConfigMap redis/redis-cluster-kubezero-redis-grafana-dashboards']);
  });
});
