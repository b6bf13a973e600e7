import { fullName, isEnabled, standardLabels } from '../conventions.ts';
import { defineModule, type KubernetesObject, type ModuleContext } from '../definition.ts';
import { onlyFrom, virtualService } from '../virtual-service.ts';
import { argoCd } from './chart.ts';
import { argocdDashboards } from './dashboards.ts';
import { gitOps } from './git-ops.ts';
import { type ArgocdValues, argocdRefused, argocdValues } from './schema.ts';

/** Its VirtualService and who gets through, where there is a mesh. */
function exposure({ release, values, all }: ModuleContext<ArgocdValues>): KubernetesObject[] {
  const { enabled, gateway, ipBlocks } = values.istio;
  if (!enabled || !isEnabled(all, 'istio')) return [];
  const labels = standardLabels(release, 'argocd');
  const host = values.server.config.url;
  const route = (port: number) => [{ destination: { host: 'argocd-server', port: { number: port } } }];
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
    ...(ipBlocks.length > 0 ? [onlyFrom(ipBlocks, { name: 'argocd', host, gateway, labels })] : []),
  ];
}

export const argocd = defineModule<ArgocdValues>({
  id: 'argocd',
  purpose: 'GitOps: syncs the cluster’s git repository',
  dependsOn: ['istio', 'metrics'],
  values: argocdValues,
  refused: argocdRefused,
  crds: ({ release }) => [{ from: 'chart', pin: release.charts['argo-cd']! }],
  manifest(context) {
    const { release, values, all } = context;
    const name = fullName('argocd', 'kubezero-argocd');
    return {
      namespace: { name: values.namespace },
      charts: [argoCd(context)],
      objects: [
        ...gitOps(all, values.namespace),
        ...(isEnabled(all, 'metrics')
          ? [argocdDashboards(name, values.namespace, standardLabels(release, 'argocd'))]
          : []),
        ...exposure(context),
      ],
    };
  },
});
