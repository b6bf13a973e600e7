import { fullName, needs, standardLabels } from '../conventions.ts';
import { type ChartInstance, defineModule, type KubernetesObject, type ModuleContext } from '../definition.ts';
import { exposedTool, routeTo } from '../exposure.ts';
import { mergeValues, noGlobalValues } from '../schema.ts';
import { ciDashboards } from './dashboards.ts';
import { giteaChart, giteaObjects } from './gitea.ts';
import { isMeasured, jenkinsChart, jenkinsExposure } from './jenkins.ts';
import { type CiValues, ciValues } from './schema.ts';

function gocdChart({ release, values }: ModuleContext<CiValues>): ChartInstance {
  const { enabled: _, istio: __, releaseName, ...given } = values.gocd;
  return {
    pin: release.charts.gocd!,
    releaseName,
    values: mergeValues({ server: { service: { type: 'ClusterIP' }, ingress: { enabled: false } } }, given),
  };
}

function gocdExposure(
  { values: { namespace, gocd } }: ModuleContext<CiValues>,
  labels: Record<string, string>,
): KubernetesObject[] {
  const { releaseName, istio } = gocd;
  const server = fullName(releaseName, (gocd.nameOverride as string) || 'gocd', gocd.fullnameOverride as string);
  return exposedTool(istio, {
    name: fullName(releaseName, 'kubezero-ci'),
    releaseName,
    namespace,
    labels,
    http: [{ route: routeTo(`${server}-server`) }],
  });
}

function trivyChart({ release, values }: ModuleContext<CiValues>): ChartInstance {
  const { enabled: _, releaseName, ...given } = values.trivy;
  return {
    pin: release.charts.trivy!,
    releaseName,
    values: mergeValues(
      { persistence: { enabled: true, size: '1Gi' }, rbac: { create: false, pspEnabled: false } },
      given,
    ),
  };
}

export const ci = defineModule<CiValues>({
  id: 'ci',
  purpose: 'Source code and builds: Gitea, Jenkins, GoCD, and Trivy, which scans images',
  dependsOn: ['storage', 'istio', 'metrics'],
  requires: [
    ...['gocd', 'gitea', 'jenkins'].map((tool) => needs<CiValues>('istio', `${tool}.istio.enabled`)),
    needs('metrics', 'gitea.gitea.metrics.serviceMonitor.enabled'),
    needs('metrics', 'jenkins.controller.prometheus.enabled'),
  ],
  values: ciValues,
  refused: [
    noGlobalValues('`jenkins.global`, `gitea.global`'),
    {
      key: 'jenkins.namespaceOverride',
      why: 'would part Jenkins from its hosts: `namespace` is that of the whole module',
    },
    { key: 'jenkins.istio.agent', until: '1.22', why: 'comes with KubeZero 1.22: add it after the upgrade' },
  ],
  manifest(context) {
    const { release, values } = context;
    const { gocd, gitea, jenkins, trivy } = values;
    const labels = (instance: string) => standardLabels(release, 'ci', 'kubezero-ci', instance);
    return {
      namespace: { name: values.namespace },
      charts: [
        ...(gocd.enabled ? [gocdChart(context)] : []),
        ...(gitea.enabled ? [giteaChart(context)] : []),
        ...(jenkins.enabled ? [jenkinsChart(context)] : []),
        ...(trivy.enabled ? [trivyChart(context)] : []),
      ],
      objects: [
        ...(gocd.enabled ? gocdExposure(context, labels(gocd.releaseName)) : []),
        ...(gitea.enabled ? giteaObjects(context, labels(gitea.releaseName)) : []),
        ...(jenkins.enabled ? jenkinsExposure(context, labels(jenkins.releaseName)) : []),
        ...(isMeasured(values)
          ? [
              ciDashboards(
                `${fullName(jenkins.releaseName, 'kubezero-ci')}-grafana-dashboards`,
                values.namespace,
                labels(jenkins.releaseName),
              ),
            ]
          : []),
      ],
    };
  },
});
