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
    values: {
      name: '',
      labels: {},
      // What is set goes over these, key by key.
      podAnnotations: {
        'prometheus.io/port': '15020',
        'prometheus.io/scrape': 'true',
        'prometheus.io/path': '/stats/prometheus',
        'inject.istio.io/templates': 'gateway',
        'sidecar.istio.io/inject': 'true',
      },
      resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '2000m', memory: '1024Mi' } },
    },
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
        podAnnotations: value('podAnnotations'),
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

/** The values that the chart makes an affinity and lists of. */
const gatewayParts = `{{ $gateway := index .Values.gateways "istio-ingressgateway" -}}`;

/** Nodes of the architectures and labels given, and no two pods on one of them. */
const affinity = template(
  [
    gatewayParts,
    '{{- $required := list (dict "key" "kubernetes.io/arch" "operator" "In" "values" (keys .Values.global.arch | sortAlpha)) -}}',
    '{{- range $key, $value := $gateway.nodeSelector -}}',
    '{{- $required = append $required (dict "key" $key "operator" "In" "values" (list $value)) -}}',
    '{{- end -}}',
    '{{- $preferred := list -}}',
    '{{- range $arch, $weight := .Values.global.arch -}}',
    '{{- $expression := dict "key" "kubernetes.io/arch" "operator" "In" "values" (list $arch) -}}',
    '{{- $preferred = append $preferred (dict "weight" ($weight | int) "preference" (dict "matchExpressions" (list $expression))) -}}',
    '{{- end -}}',
    '{{- $apart := list -}}',
    '{{- range $gateway.podAntiAffinityLabelSelector -}}',
    '{{- $expression := dict "key" .key "operator" .operator "values" (splitList "," .values) -}}',
    '{{- $apart = append $apart (dict "labelSelector" (dict "matchExpressions" (list $expression)) "topologyKey" .topologyKey) -}}',
    '{{- end -}}',
    '{{- $nodes := dict "requiredDuringSchedulingIgnoredDuringExecution" (dict "nodeSelectorTerms" (list (dict "matchExpressions" $required))) -}}',
    '{{- $_ := set $nodes "preferredDuringSchedulingIgnoredDuringExecution" $preferred -}}',
    '{{- $affinity := dict "nodeAffinity" $nodes -}}',
    '{{- if $apart }}{{- $_ := set $affinity "podAntiAffinity" (dict "requiredDuringSchedulingIgnoredDuringExecution" $apart) }}{{- end -}}',
    '{{ $affinity | toJson }}',
  ].join(''),
);

/** A list made of another: `entry` is a template expression over each `.`. */
const each = (from: string, entry: string, ...before: object[]) =>
  template(
    `${gatewayParts}{{- $all := list -}}${before.map((one) => `{{- $all = append $all (${JSON.stringify(JSON.stringify(one))} | fromJson) -}}`).join('')}{{- range ${from} -}}{{- $all = append $all (${entry}) -}}{{- end -}}{{ $all | toJson }}`,
  );

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
  const component = {
    'istio.io/rev': 'default',
    'install.operator.istio.io/owning-resource': 'unknown',
    'operator.istio.io/component': 'IngressGateways',
  };
  return {
    chart: 'istio-ingress',
    version: '1.11.5',
    appVersion: '1.11.5',
    values: {
      global: { arch: { amd64: 2, ppc64le: 2, s390x: 2 } },
      gateways: {
        'istio-ingressgateway': {
          rollingMaxSurge: '100%',
          rollingMaxUnavailable: '25%',
          resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '2000m', memory: '1024Mi' } },
        },
      },
    },
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
        podLabels: {
          ...component,
          'service.istio.io/canonical-name': name,
          'service.istio.io/canonical-revision': 'latest',
          'sidecar.istio.io/inject': 'false',
        },
        podAnnotations: template(
          `{{ merge (dict "sidecar.istio.io/inject" "false" "prometheus.io/port" "15020" "prometheus.io/scrape" "true" "prometheus.io/path" "/stats/prometheus") (${own('"podAnnotations"')} | default dict) | toJson }}`,
        ),
        spec: {
          strategy: {
            rollingUpdate: {
              maxSurge: value(`${settings}/rollingMaxSurge`),
              maxUnavailable: value(`${settings}/rollingMaxUnavailable`),
            },
          },
        },
        volumes: each(
          '$gateway.configVolumes',
          'dict "name" .name "configMap" (dict "name" .configMapName "optional" true)',
          { name: 'istio-envoy', emptyDir: {} },
        ),
        pod: {
          securityContext: { runAsUser: 1337, runAsGroup: 1337, runAsNonRoot: true, fsGroup: 1337 },
          priorityClassName: value('global/priorityClassName', '""'),
          tolerations: list(`${settings}/tolerations`),
          affinity,
        },
        containers: [
          {
            name: 'istio-proxy',
            image: template('docker.io/istio/proxyv2:{{ .Values.global.tag }}'),
            args: template('["proxy", "router"{{ if .Values.global.logAsJson }}, "--log_as_json"{{ end }}]'),
            env: each('$key, $value := $gateway.env', 'dict "name" $key "value" ($value | toString)'),
            ports: each(
              '$gateway.ports',
              'dict "containerPort" (.targetPort | default .port) "protocol" (.protocol | default "TCP")',
              { containerPort: 15090, protocol: 'TCP', name: 'http-envoy-prom' },
            ),
            readinessProbe: { httpGet: { path: '/healthz/ready', port: 15021 } },
            resources: value(`${settings}/resources`),
            volumeMounts: each('$gateway.configVolumes', 'dict "name" .name "mountPath" .mountPath "readOnly" true', {
              name: 'istio-envoy',
              mountPath: '/etc/istio/proxy',
            }),
          },
        ],
      }),
    ],
  };
}
