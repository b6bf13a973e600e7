import type { StandInChart } from '../chart.ts';
import { account, namespace, release, secretReader, workload } from '../objects.ts';
import { kubernetesFrom, list, template, value } from '../template.ts';

/** Gateway chart of Istio 1.13. */
export function gateway(): StandInChart {
  const name = template('{{ .Values.name | default .Release.Name }}');
  const labels = { app: template('{{ .Values.labels.app }}'), istio: template('{{ .Values.labels.istio }}') };
  const since122 = kubernetesFrom('1.22');
  const either = (newer: object, older: object) =>
    template(`{{ if ${since122} }}${JSON.stringify(newer)}{{ else }}${JSON.stringify(older)}{{ end }}`);
  return {
    chart: 'gateway',
    version: '1.13.3',
    appVersion: '1.13.3',
    values: { name: '', labels: {} },
    objects: [
      account(name),
      ...secretReader(name, name),
      {
        object: {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name, namespace, labels },
          spec: {
            type: value('service/type', '"LoadBalancer"'),
            externalTrafficPolicy: value('service/externalTrafficPolicy', '"Cluster"'),
            ports: list('service/ports'),
            selector: labels,
          },
        },
      },
      workload({
        name,
        labels,
        account: name,
        replicas: value('replicaCount', '1'),
        placement: '',
        podLabels: { 'sidecar.istio.io/inject': 'true' },
        podAnnotations: template(
          `{{ merge (dict "prometheus.io/port" "15020" "prometheus.io/scrape" "true" "prometheus.io/path" "/stats/prometheus" "inject.istio.io/templates" "gateway") (.Values.podAnnotations | default dict) | toJson }}`,
        ),
        pod: {
          // The branch that kubelets before 1.22 reject.
          securityContext: either({ sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }] }, {}),
        },
        containers: [
          {
            name: 'istio-proxy',
            image: 'auto',
            securityContext: either(
              {
                capabilities: { drop: ['ALL'] },
                allowPrivilegeEscalation: false,
                privileged: false,
                readOnlyRootFilesystem: true,
                runAsUser: 1337,
                runAsGroup: 1337,
                runAsNonRoot: true,
              },
              {
                capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] },
                runAsUser: 0,
                runAsGroup: 1337,
                runAsNonRoot: false,
                allowPrivilegeEscalation: true,
                readOnlyRootFilesystem: true,
              },
            ),
            env: template(
              '[{{ range $i, $key := keys (.Values.env | default dict) | sortAlpha }}{{ if $i }}, {{ end }}{"name": {{ $key | quote }}, "value": {{ index $.Values.env $key | quote }}}{{ end }}]',
            ),
            ports: [{ containerPort: 15090, protocol: 'TCP', name: 'http-envoy-prom' }],
            resources: value('resources'),
          },
        ],
      }),
    ],
  };
}

/** Gateway chart of Istio 1.11. */
export function ingressGateway(): StandInChart {
  const settings = 'gateways/istio-ingressgateway';
  const own = (path: string) => `(index .Values.gateways "istio-ingressgateway" ${path})`;
  const name = template(`{{ ${own('"name"')} }}`);
  const labels = {
    app: template(`{{ ${own('"labels" "app"')} }}`),
    istio: template(`{{ ${own('"labels" "istio"')} }}`),
  };
  const suffixed = (suffix: string) => template(`{{ ${own('"name"')} }}-${suffix}`);
  return {
    chart: 'istio-ingress',
    version: '1.11.5',
    appVersion: '1.11.5',
    objects: [
      account(suffixed('service-account')),
      ...secretReader(suffixed('sds'), suffixed('service-account')),
      {
        object: {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name, namespace, labels: { ...labels, release: template(release) } },
          spec: {
            type: value(`${settings}/type`, '"LoadBalancer"'),
            externalTrafficPolicy: value(`${settings}/externalTrafficPolicy`, '"Cluster"'),
            ports: list(`${settings}/ports`),
            selector: labels,
          },
        },
      },
      workload({
        name,
        labels,
        account: suffixed('service-account'),
        replicas: value(`${settings}/replicaCount`, '1'),
        podLabels: { 'sidecar.istio.io/inject': 'false' },
        podAnnotations: template(
          `{{ merge (dict "sidecar.istio.io/inject" "false") (${own('"podAnnotations"')} | default dict) | toJson }}`,
        ),
        spec: { strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } },
        pod: {
          securityContext: { runAsUser: 1337, runAsGroup: 1337, runAsNonRoot: true, fsGroup: 1337 },
          priorityClassName: value('global/priorityClassName', '""'),
        },
        containers: [
          {
            name: 'istio-proxy',
            image: template('docker.io/istio/proxyv2:{{ .Values.global.tag }}'),
            args: ['proxy', 'router'],
            ports: [{ containerPort: 15090, protocol: 'TCP', name: 'http-envoy-prom' }],
            readinessProbe: { httpGet: { path: '/healthz/ready', port: 15021 } },
            resources: value(`${settings}/resources`),
          },
        ],
      }),
    ],
  };
}
