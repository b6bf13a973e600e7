import { fullName, needs, standardLabels } from '../conventions.ts';
import { defineModule, type KubernetesObject } from '../definition.ts';
import { routeTo } from '../exposure.ts';
import { virtualService } from '../virtual-service.ts';
import { uptimeDashboards } from './dashboards.ts';
import { serviceMonitor } from './monitor.ts';
import { type UptimeKumaValues, uptimeKumaValues } from './schema.ts';

const port = 3001;

interface Names {
  name: string;
  namespace: string;
  labels: Record<string, string>;
  selector: Record<string, string>;
}

function statefulSet({ name, namespace, labels, selector }: Names, values: UptimeKumaValues): KubernetesObject {
  const { nodeSelector, tolerations, storageClassName } = values;
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name, namespace, labels },
    spec: {
      // Its database is a file: a second one would have other data.
      replicas: 1,
      serviceName: name,
      selector: { matchLabels: selector },
      template: {
        metadata: { labels: selector },
        spec: {
          containers: [
            {
              name: 'uptime-kuma',
              image: `${values.image}:${values.version}`,
              env: [{ name: 'UPTIME_KUMA_PORT', value: String(port) }],
              ports: [{ containerPort: port, protocol: 'TCP' }],
              livenessProbe: {
                exec: { command: ['node', 'extra/healthcheck.js'] },
                initialDelaySeconds: 10,
                periodSeconds: 30,
                timeoutSeconds: 3,
              },
              readinessProbe: { httpGet: { path: '/', port, scheme: 'HTTP' } },
              resources: values.resources,
              volumeMounts: [{ name: 'storage', mountPath: '/app/data' }],
            },
          ],
          ...(nodeSelector ? { nodeSelector } : {}),
          ...(tolerations ? { tolerations } : {}),
        },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: 'storage' },
          spec: {
            accessModes: ['ReadWriteOnce'],
            ...(storageClassName ? { storageClassName } : {}),
            resources: { requests: { storage: '1Gi' } },
          },
        },
      ],
    },
  };
}

export const uptimeKuma = defineModule<UptimeKumaValues>({
  id: 'uptime-kuma',
  purpose: 'Uptime Kuma: watches whether services answer, and tells who should know',
  dependsOn: ['storage', 'istio', 'metrics'],
  requires: [needs('istio', 'istio.enabled'), needs('metrics', 'serviceMonitor.enabled')],
  values: uptimeKumaValues,
  manifest({ release, values }) {
    const { namespace, releaseName, istio } = values;
    const chart = values.nameOverride || 'uptime-kuma';
    const name = fullName(releaseName, chart, values.fullnameOverride);
    const selector = { 'app.kubernetes.io/name': chart, 'app.kubernetes.io/instance': releaseName };
    const labels = { ...standardLabels(release, 'uptime-kuma', 'uptime-kuma', releaseName), ...selector };
    const at = { name, namespace, labels, selector };
    return {
      namespace: { name: namespace },
      charts: [],
      objects: [
        {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name, namespace, labels },
          spec: { selector, ports: [{ name: 'http', port: values.service.port, targetPort: port, protocol: 'TCP' }] },
        },
        statefulSet(at, values),
        ...(istio.enabled
          ? [
              virtualService({
                name,
                namespace,
                labels,
                host: istio.url,
                gateway: istio.gateway,
                http: [{ route: routeTo(name) }],
              }),
            ]
          : []),
        ...(values.serviceMonitor.enabled
          ? [
              ...serviceMonitor({ ...at, releaseName }, values.serviceMonitor),
              uptimeDashboards(name, namespace, labels),
            ]
          : []),
      ],
    };
  },
});
