import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { chartValues, find, manifest, names } from '../../test/unit/modules/context.ts';

const argocd = (values: object = {}, all: object = {}, at: '1.21' | '1.22' = '1.22') =>
  manifest('argocd', at, { argocd: values, ...all });

const server = { config: { url: 'argocd.example.org' } };

describe('argocd', () => {
  it('syncs the git repository only where one is given', () => {
    expect(names(argocd().objects)).toEqual(['AppProject argocd/kubezero']);
    const kubezero = {
      gitSync: { repoURL: 'https://git.example.com/clusters', targetRevision: 'main', path: 'demo' },
      syncPolicy: { automated: { prune: true } },
    };
    const { objects } = argocd({}, { kubezero });
    expect(find(objects, 'AppProject', 'kubezero').spec.sourceRepos).toEqual([
      'https://cdn.zero-downtime.net/charts',
      'https://git.example.com/clusters',
    ]);
    expect(find(objects, 'Application', 'kubezero-git-sync').spec).toEqual({
      project: 'kubezero',
      source: {
        repoURL: 'https://git.example.com/clusters',
        targetRevision: 'main',
        path: 'demo',
        directory: { recurse: true },
      },
      destination: { server: 'https://kubernetes.default.svc', namespace: 'argocd' },
      syncPolicy: { automated: { prune: true } },
    });
  });

  it('is exposed only where there is a mesh, and under a host name', () => {
    const istio = { enabled: true };
    expect(names(argocd({ istio, server }).objects)).toHaveLength(1);
    const { objects } = argocd({ istio, server }, { istio: { enabled: true } });
    expect(find(objects, 'VirtualService', 'argocd-server').spec).toMatchObject({
      hosts: ['argocd.example.org'],
      gateways: ['istio-ingress/ingressgateway'],
      http: [
        { name: 'grpc', match: [{ headers: { 'user-agent': { prefix: 'argocd-client' } } }] },
        { name: 'http', route: [{ destination: { host: 'argocd-server', port: { number: 80 } } }] },
      ],
    });
    expect(() => argocd({ istio })).toThrow('argocd.istio.enabled');
  });

  it('lets only the address blocks given through the gateway it is exposed at (KubeZero’s policy is always the public one’s)', () => {
    const istio = { enabled: true, gateway: 'istio-ingress/private-ingressgateway', ipBlocks: ['10.0.0.0/8'] };
    const { objects } = argocd({ istio, server }, { istio: { enabled: true } });
    const policy = find(objects, 'AuthorizationPolicy', 'argocd-deny-not-in-ipblocks');
    expect(policy.metadata.namespace).toBe('istio-system');
    expect(policy.spec.selector.matchLabels).toEqual({ app: 'istio-private-ingressgateway' });
    expect(policy.spec.rules).toEqual([
      {
        from: [{ source: { notIpBlocks: ['10.0.0.0/8'] } }],
        to: [{ operation: { hosts: ['argocd.example.org'] } }],
        when: [{ key: 'connection.sni', values: ['*'] }],
      },
    ]);
  });

  it('passes `server` and `configs` on, over KubeZero’s own values', () => {
    const values = chartValues(
      argocd({
        server: { config: { url: 'argocd.example.org', 'kustomize.buildOptions': '--enable-helm' }, replicas: 2 },
        configs: { repositories: { clusters: { url: 'https://git.example.com/clusters' } } },
      }),
      'argo-cd',
    );
    expect(values.server).toMatchObject({
      replicas: 2,
      extraArgs: ['--insecure'],
      config: { url: 'argocd.example.org', 'kustomize.buildOptions': '--enable-helm' },
    });
    expect(values.server.config['resource.customizations']).toContain('cert-manager.io/Certificate');
    expect(values.configs).toMatchObject({
      secret: { createSecret: false },
      repositories: { clusters: { url: 'https://git.example.com/clusters' } },
    });
  });

  it('is watched in all its parts with the metrics module', () => {
    const enabled = (all: object) => {
      const { controller, repoServer, server } = chartValues(argocd({}, all), 'argo-cd');
      return [controller, repoServer, server].map(({ metrics }) => metrics);
    };
    const monitored = (enabled: boolean) => Array(3).fill({ enabled, serviceMonitor: { enabled: true } });
    expect(enabled({})).toEqual(monitored(false));
    expect(enabled({ metrics: { enabled: true } })).toEqual(monitored(true));
  });

  it('leaves out what came into ArgoCD with 2.3', () => {
    expect(chartValues(argocd(), 'argo-cd')).toMatchObject({
      applicationSet: { enabled: false },
      notifications: { enabled: false },
    });
    expect(chartValues(argocd({}, {}, '1.21'), 'argo-cd').applicationSet).toBeUndefined();
  });

  it('refuses what would have no effect', () => {
    expect(() => argocd({ 'argocd-applicationset': { enabled: true } }, {}, '1.21')).toThrow('has no effect');
    expect(() => argocd({ 'argo-cd': { controller: {} } })).toThrow('isn’t forwarded');
    expect(() => argocd({ server: { additionalApplications: [] } })).toThrow('kubezero-git-sync');
  });
});

describe('known hosts of ArgoCD', () => {
  /** SHA-256 fingerprints as the operators publish them. */
  const published = {
    'bitbucket.org': [
      'FC73VB6C4OQLSCrjEayhMp9UMxS97caD/Yyi2bhW/J0',
      'ybgmFkzwOSotHTHLJgHO0QN8L0xErw6vd0VhFA9m3SM',
      '46OSHA1Rmj8E8ERTC6xkNcmGOw9oFxYr0WF6zWW8l1E',
    ],
    'github.com': [
      'p2QAMXNIC1TJYWeIOttrVc98/R1BUFWu3/LiyKgUfQM',
      '+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU',
      'uNiVztksCsDhcc0u9e8BujQXVUpKZIDTMczCvj3tD2s',
    ],
    'gitlab.com': [
      'HbW3g8zUjNSksFbqTiUWPWg2Bq1x8xdGUrliXFzSnUw',
      'eUXGGm1YGsMAS7vkcx6JOJdOGHPem5gQp4taiCfCLB8',
      'ROQFvPThGrW4RuWLoL9tq9I9zJ42fK4XywyRtbOz/EQ',
    ],
  };

  it('have the fingerprints that their operators publish', () => {
    const { ssh_known_hosts: text } = chartValues(argocd(), 'argo-cd').configs.knownHosts.data;
    const fingerprints: Record<string, string[]> = {};
    for (const line of text.trim().split('\n')) {
      const [host, type, key] = line.split(' ');
      expect(
        Buffer.from(key, 'base64')
          .subarray(4, 4 + type.length)
          .toString(),
        line,
      ).toBe(type);
      const hash = createHash('sha256').update(Buffer.from(key, 'base64')).digest('base64').replace(/=+$/, '');
      fingerprints[host] = [...(fingerprints[host] ?? []), hash];
    }
    expect(fingerprints).toMatchObject(published);
    expect(Object.keys(fingerprints)).toEqual([...Object.keys(published), 'git.zero-downtime.net']);
  });
});
