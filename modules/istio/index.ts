import { asOf, before, since } from '../../releases/range.ts';
import { controlPlane, fullName, isEnabled, isHighlyAvailable, standardLabels } from '../conventions.ts';
import {
  type ChartInstance,
  defineModule,
  type KubernetesObject,
  type ModuleContext,
  type Values,
} from '../definition.ts';
import { mergeValues } from '../schema.ts';
import { virtualService } from '../virtual-service.ts';
import { istioDashboards } from './dashboards/index.ts';
import { rateLimiting } from './rate-limiting.ts';
import { type IstioValues, refused, values } from './schema.ts';

const imageTag = { '1.21': '1.11.5-distroless', '1.22': '1.13.3-distroless' };

function meshCharts({ release, values, all }: ModuleContext<IstioValues>): ChartInstance[] {
  const highlyAvailable = isHighlyAvailable(all);
  const global: Values = {
    tag: asOf(release, imageTag),
    logAsJson: true,
    defaultPodDisruptionBudget: { enabled: highlyAvailable },
    priorityClassName: 'system-cluster-critical',
  };
  return [
    { pin: release.charts.base!, releaseName: 'istio', values: { global } },
    {
      // Renamed in Istio 1.12; its values are the same.
      pin: release.charts[since(release, '1.22') ? 'istiod' : 'istio-discovery']!,
      releaseName: 'istio',
      values: {
        global,
        pilot: {
          autoscaleEnabled: false,
          replicaCount: highlyAvailable ? 2 : 1,
          ...controlPlane,
          resources: { requests: { cpu: '100m', memory: '128Mi' } },
        },
        telemetry: { enabled: isEnabled(all, 'metrics') },
        meshConfig: {
          rootNamespace: values.namespace,
          accessLogFile: '/dev/stdout',
          accessLogEncoding: 'JSON',
          tcpKeepalive: { interval: '60s', time: '120s' },
        },
      },
      patch: before(release, '1.22') ? patch111 : undefined,
    },
  ];
}

/** What KubeZero's copy of Istio 1.11's chart changes: no value for tolerations, and filters for proxies of 1.9 and 1.10. */
function patch111(object: KubernetesObject): KubernetesObject | undefined {
  if (object.kind === 'EnvoyFilter') return /-1\.(9|10)$/.test(object.metadata.name) ? undefined : object;
  if (object.kind !== 'Deployment') return object;
  const copy = structuredClone(object);
  const pod = (copy.spec as { template: { spec: Values } }).template.spec;
  pod.tolerations = controlPlane.tolerations;
  return copy;
}

function kiali({ release, values }: ModuleContext<IstioValues>): ChartInstance {
  const { enabled: _, istio: __, ...given } = values['kiali-server'];
  return {
    pin: release.charts['kiali-server']!,
    releaseName: 'istio',
    values: mergeValues(
      {
        auth: { strategy: 'anonymous' },
        // Without one the chart makes up another key each time it is rendered; nobody logs in, or else the key is given.
        login_token: { signing_key: 'anonymous-access' },
        deployment: { ingress_enabled: false, view_only_mode: true },
        server: { metrics_enabled: false },
        external_services: {
          custom_dashboards: { enabled: false },
          prometheus: { url: 'http://metrics-kube-prometheus-st-prometheus.monitoring:9090' },
        },
      },
      given,
    ),
  };
}

function componentMonitor(labels: Record<string, string>, namespace: string): KubernetesObject {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    metadata: { name: 'istio-component-monitor', namespace, labels },
    spec: {
      jobLabel: 'istio',
      targetLabels: ['app'],
      selector: { matchExpressions: [{ key: 'istio', operator: 'In', values: ['pilot'] }] },
      endpoints: [{ port: 'http-monitoring' }],
    },
  };
}

export const istio = defineModule<IstioValues>({
  id: 'istio',
  purpose: 'Service mesh control plane, Kiali, rate limiting for the gateways',
  dependsOn: ['cert-manager'],
  values,
  refused,
  crds: ({ release }) => [{ from: 'chart', pin: release.charts.base! }],
  manifest(context) {
    const { release, values, all } = context;
    const labels = standardLabels(release, 'istio');
    const { namespace } = values;
    const console = values['kiali-server'];
    return {
      namespace: { name: namespace },
      charts: [...meshCharts(context), ...(console.enabled ? [kiali(context)] : [])],
      objects: [
        ...(isEnabled(all, 'metrics')
          ? [
              componentMonitor(labels, namespace),
              istioDashboards(fullName('istio', 'kubezero-istio'), namespace, labels),
            ]
          : []),
        ...(console.enabled && console.istio.enabled
          ? [virtualService({ name: 'istio-kiali', namespace, labels, ...expose(console.istio) })]
          : []),
        ...(values.rateLimiting.enabled
          ? rateLimiting(values.rateLimiting, { labels, namespace, monitored: isEnabled(all, 'metrics') })
          : []),
      ],
    };
  },
});

function expose({ url, gateway }: { url: string; gateway: string }) {
  return { host: url, gateway, http: [{ route: [{ destination: { host: 'kiali' } }] }] };
}
