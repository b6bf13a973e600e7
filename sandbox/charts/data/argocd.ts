import type { StandInChart } from '../chart.ts';
import { crd } from '../crds.ts';
import {
  account,
  clusterRole,
  configMap,
  nameLabels,
  secretReader,
  service,
  serviceMonitor,
  workload,
} from '../objects.ts';
import { list, on, template, value } from '../template.ts';

/** ArgoCD. Its application controller became a StatefulSet with chart 4. */
export function argoCd(version: '3.33.8' | '4.5.4'): StandInChart {
  const newer = version === '4.5.4';
  const appVersion = newer ? 'v2.3.3' : 'v2.2.5';
  const image = `quay.io/argoproj/argocd:${appVersion}`;
  const group = 'argoproj.io';
  const versions = ['v1alpha1*'];
  const part = (name: string, component: string) => nameLabels(name, component);
  const pod = (component: string, key: string, container: string, extra: Record<string, unknown> = {}) => ({
    name: `argocd-${component}`,
    labels: nameLabels(`argocd-${component}`),
    account: `argocd-${component}`,
    placement: key,
    replicas: value(`${key}/replicas`, '1'),
    containers: [{ name: container, image, args: list(`${key}/extraArgs`), resources: value(`${key}/resources`) }],
    ...extra,
  });
  const metrics = (component: string, key: string, port: number) => [
    service(`argocd-${component}-metrics`, [{ name: 'metrics', port }], nameLabels(`argocd-${component}`), {
      when: on(`${key}/metrics/enabled`),
      labels: part(`argocd-${component}-metrics`, component),
    }),
    serviceMonitor(`argocd-${component}`, 'metrics', part(`argocd-${component}-metrics`, component), {
      when: `and ${on(`${key}/metrics/enabled`)} ${on(`${key}/metrics/serviceMonitor/enabled`)}`,
    }),
  ];
  return {
    chart: 'argo-cd',
    version,
    appVersion,
    values: { configs: { repositories: {} } },
    crds: [
      crd({
        kind: 'Application',
        plural: 'applications',
        group,
        versions,
        shortNames: ['app', 'apps'],
        plainStatus: true,
      }),
      ...(newer
        ? [crd({ kind: 'ApplicationSet', plural: 'applicationsets', group, versions, shortNames: ['appset'] })]
        : []),
      crd({ kind: 'ArgoCDExtension', plural: 'argocdextensions', group, versions }),
      crd({ kind: 'AppProject', plural: 'appprojects', group, versions, shortNames: ['appproj'], plainStatus: true }),
    ],
    objects: [
      account('argocd-application-controller'),
      account('argocd-repo-server'),
      account('argocd-server'),
      ...clusterRole('argocd-application-controller'),
      ...clusterRole('argocd-server'),
      ...secretReader('argocd-application-controller', 'argocd-application-controller'),
      ...secretReader('argocd-server', 'argocd-server'),
      configMap('argocd-cm', value('server/config'), undefined, { 'app.kubernetes.io/part-of': 'argocd' }),
      configMap('argocd-rbac-cm', value('server/rbacConfig', '(dict "policy.csv" "")')),
      {
        each: '$name, $repository := .Values.configs.repositories',
        object: {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: {
            name: template('argocd-repo-{{ $name }}'),
            namespace: template('{{ $.Release.Namespace }}'),
            labels: { 'argocd.argoproj.io/secret-type': 'repository' },
          },
          type: 'Opaque',
          data: template(
            '{{ $data := dict }}{{ range $key, $field := . }}{{ $_ := set $data $key ($field | toString | b64enc) }}{{ end }}{{ $data | toJson }}',
          ),
        },
      },
      configMap('argocd-ssh-known-hosts-cm', value('configs/knownHosts/data')),
      service(
        'argocd-application-controller',
        [{ name: 'https-controller', port: 8082 }],
        nameLabels('argocd-application-controller'),
      ),
      service('argocd-repo-server', [{ name: 'https-repo-server', port: 8081 }], nameLabels('argocd-repo-server')),
      {
        object: {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: {
            name: 'argocd-server',
            namespace: template('{{ .Release.Namespace }}'),
            labels: nameLabels('argocd-server'),
          },
          spec: {
            ports: [
              { name: 'http', port: 80, targetPort: 'server', protocol: 'TCP' },
              {
                name: value('server/service/servicePortHttpsName', '"https"'),
                port: 443,
                targetPort: 'server',
                protocol: 'TCP',
              },
            ],
            selector: nameLabels('argocd-server'),
          },
        },
      },
      service('argocd-redis', [{ name: 'redis', port: 6379 }], { 'app.kubernetes.io/name': 'argocd-redis' }),
      ...metrics('application-controller', 'controller', 8082),
      ...metrics('repo-server', 'repoServer', 8084),
      ...metrics('server', 'server', 8083),
      workload(pod('repo-server', 'repoServer', 'repo-server', { initContainers: [{ name: 'copyutil', image }] })),
      workload(
        pod('server', 'server', 'server', {
          containers: [
            {
              name: 'server',
              image,
              args: list('server/extraArgs'),
              ports: [{ name: 'server', containerPort: 8080, protocol: 'TCP' }],
            },
          ],
        }),
      ),
      workload({
        name: 'argocd-redis',
        labels: { 'app.kubernetes.io/name': 'argocd-redis' },
        placement: 'redis',
        containers: [{ name: 'argocd-redis', image: newer ? 'redis:6.2.6-alpine' : 'redis:6.2.4-alpine' }],
      }),
      workload(
        pod('application-controller', 'controller', 'application-controller', {
          kind: newer ? 'StatefulSet' : 'Deployment',
        }),
      ),
    ],
  };
}
