import { z } from 'zod';
import { isEnabled, standardLabels } from '../conventions.ts';
import { defineModule, type KubernetesObject, type ModuleContext, type Values } from '../definition.ts';
import { mergeValues, moduleKeys, passthrough, section } from '../schema.ts';
import { onlyFrom, virtualService } from '../virtual-service.ts';
import { certificateHealth } from './health.ts';

const values = () =>
  section({
    ...moduleKeys,
    namespace: z.string().default('argocd'),
    server: passthrough.default({}).describe('Values of the chart’s `server`; `config.url` is the host name.'),
    configs: passthrough.default({}).describe('Values of the chart’s `configs`.'),
    'argocd-applicationset': passthrough.optional().describe('1.21 only, and without effect.'),
    istio: section({
      enabled: z.boolean().default(false).describe('Reachable through an ingress gateway.'),
      gateway: z.string().default('istio-ingress/ingressgateway'),
      ipBlocks: z.array(z.string()).default([]).describe('Only these address blocks get through.'),
    }).prefault({}),
  });
type ArgocdValues = z.infer<ReturnType<typeof values>>;

interface KubeZeroValues {
  repoURL?: string;
  syncPolicy?: Values;
  gitSync?: { repoURL?: string; targetRevision?: string; path?: string };
}

const chartRepository = 'https://cdn.zero-downtime.net/charts';

/** KubeZero's values for ArgoCD; secrets are the user's own (`argocd-secret`). */
function chartValues({ release, values, all, facts }: ModuleContext<ArgocdValues>): Values {
  const metrics = { enabled: isEnabled(all, 'metrics'), serviceMonitor: { enabled: true } };
  return mergeValues(
    {
      ...(release.id === '1.21' ? {} : { applicationSet: { enabled: false }, notifications: { enabled: false } }),
      installCRDs: false,
      dex: { enabled: false },
      configs: { secret: { createSecret: false } },
      controller: {
        args: { statusProcessors: '8', operationProcessors: '4', appResyncPeriod: '300' },
        logFormat: 'json',
        metrics,
        resources: { requests: { cpu: '100m', memory: '256Mi' } },
      },
      repoServer: { logFormat: 'json', metrics },
      server: {
        logFormat: 'json',
        config: {
          url: `argocd.${facts.clusterName}.example.com`,
          'resource.customizations': certificateHealth,
        },
        // TLS ends at the gateway, which tells gRPC clients from browsers.
        service: { servicePortHttpsName: 'grpc' },
        metrics,
        extraArgs: ['--insecure'],
      },
    },
    { server: values.server, configs: values.configs },
  );
}

/** The project of all KubeZero Applications, and the Application that syncs the cluster's git directory. */
function gitOps({ all }: ModuleContext<ArgocdValues>, namespace: string): KubernetesObject[] {
  const { repoURL = chartRepository, gitSync, syncPolicy } = (all.kubezero ?? {}) as KubeZeroValues;
  const server = 'https://kubernetes.default.svc';
  return [
    {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AppProject',
      metadata: { name: 'kubezero', namespace },
      spec: {
        description: 'KubeZero - ZeroDownTime Kubernetes Platform',
        sourceRepos: [repoURL, ...(gitSync?.repoURL ? [gitSync.repoURL] : [])],
        destinations: [{ namespace: '*', server }],
        clusterResourceWhitelist: [{ group: '*', kind: '*' }],
      },
    },
    // KubeZero renders it without a repository too, and ArgoCD then reports an error for ever.
    ...(gitSync?.repoURL
      ? [
          {
            apiVersion: 'argoproj.io/v1alpha1',
            kind: 'Application',
            metadata: { name: 'kubezero-git-sync', namespace },
            spec: {
              project: 'kubezero',
              source: {
                repoURL: gitSync.repoURL,
                ...(gitSync.targetRevision ? { targetRevision: gitSync.targetRevision } : {}),
                ...(gitSync.path ? { path: gitSync.path } : {}),
                directory: { recurse: true },
              },
              destination: { server, namespace },
              ...(syncPolicy ? { syncPolicy } : {}),
            },
          },
        ]
      : []),
  ];
}

function exposure(values: ArgocdValues, host: string, labels: Record<string, string>): KubernetesObject[] {
  const route = (port: number) => [{ destination: { host: 'argocd-server', port: { number: port } } }];
  const { gateway, ipBlocks } = values.istio;
  return [
    virtualService({
      name: 'argocd-server',
      namespace: values.namespace,
      labels,
      host,
      gateway,
      http: [
        { name: 'grpc', match: [{ headers: { 'user-agent': { prefix: 'argocd-client' } } }], route: route(443) },
        { name: 'http', route: route(80) },
      ],
    }),
    ...(ipBlocks.length > 0 ? [onlyFrom(ipBlocks, { name: 'argocd', host, labels })] : []),
  ];
}

export const argocd = defineModule<ArgocdValues>({
  id: 'argocd',
  purpose: 'GitOps: syncs the cluster’s git repository',
  dependsOn: ['istio', 'metrics'],
  values,
  crds: ({ release }) => [{ from: 'chart', pin: release.charts['argo-cd']! }],
  manifest(context) {
    const { release, values, all } = context;
    const rendered = chartValues(context);
    const host = ((rendered.server as Values).config as Values).url as string;
    return {
      namespace: { name: values.namespace },
      charts: [{ pin: release.charts['argo-cd']!, releaseName: 'argocd', values: rendered }],
      objects: [
        ...gitOps(context, values.namespace),
        ...(values.istio.enabled && isEnabled(all, 'istio')
          ? exposure(values, host, standardLabels(release, 'argocd'))
          : []),
      ],
    };
  },
});
