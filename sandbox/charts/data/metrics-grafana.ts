import {
  account,
  clusterRole,
  configMap,
  named,
  nameLabels,
  namespace,
  release,
  secretReader,
  service,
  serviceMonitor,
  workload,
} from '../objects.ts';
import { list, on, type StandInObject, template, value } from '../template.ts';

interface Options {
  /** Image tags. */
  grafana: string;
  sidecar: string;
  /** Name of its ServiceMonitor: the stack's own up to chart 30, Grafana's from 31 on. */
  monitor: string;
}

/** An environment variable of a sidecar that is only there when its value is given. */
const given = (name: string, path: string) =>
  `{{- with dig ${path
    .split('/')
    .map((part) => `"${part}"`)
    .join(' ')} "" .Values.AsMap -}}{{- $env = append $env (dict "name" "${name}" "value" .) -}}{{- end -}}`;

const dashboards = 'grafana/sidecar/dashboards';

/** Grafana with its two sidecars, which fetch dashboards and data sources from ConfigMaps. */
export function grafana({ grafana: version, sidecar: tag, monitor }: Options): StandInObject[] {
  const labels = nameLabels('grafana');
  const image = `quay.io/kiwigrid/k8s-sidecar:${tag}`;
  const portName = value('grafana/service/portName', '"http-web"');
  const providers = template(
    `{{ printf "apiVersion: 1\\nproviders:\\n- name: sidecarProvider\\n  options:\\n    foldersFromFilesStructure: %v\\n    path: /tmp/dashboards\\n" (dig "grafana" "sidecar" "dashboards" "provider" "foldersFromFilesStructure" false .Values.AsMap) | toJson }}`,
  );
  const datasource = template(
    `{{ printf "apiVersion: 1\\ndatasources:\\n- name: Prometheus\\n  type: prometheus\\n  url: http://%s-kube-prometheus-st-prometheus.%s:9090/\\n  isDefault: true\\n" .Release.Name .Release.Namespace | toJson }}`,
  );
  return [
    account(named('grafana')),
    ...secretReader(named('grafana'), named('grafana')),
    ...clusterRole(named('grafana-clusterrole'), {
      binding: named('grafana-clusterrolebinding'),
      subject: named('grafana'),
    }),
    {
      object: {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: named('grafana'), namespace, labels },
        type: 'Opaque',
        data: { 'admin-user': 'YWRtaW4=', 'admin-password': 'cHJvbS1vcGVyYXRvcg==' },
      },
    },
    configMap(named('grafana'), {
      'grafana.ini': template('{{ index .Values "grafana" "grafana.ini" | toYaml | quote }}'),
      plugins: template('{{ .Values.grafana.plugins | join "," | quote }}'),
    }),
    configMap(named('grafana-config-dashboards'), { 'provider.yaml': providers }),
    {
      object: {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: {
          name: named('kube-prometheus-st-grafana-datasource'),
          namespace,
          labels: { grafana_datasource: '1', release: template(release) },
        },
        data: { 'datasource.yaml': datasource },
      },
    },
    service(named('grafana'), [{ name: portName, port: 80, targetPort: 3000 }], labels),
    serviceMonitor(monitor, portName, labels),
    {
      when: on('grafana/testFramework/enabled', 'true'),
      object: {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: named('grafana-test'), namespace, annotations: { 'helm.sh/hook': 'test-success' } },
        spec: { restartPolicy: 'Never', containers: [{ name: 'test', image: 'bats/bats:v1.4.1' }] },
      },
    },
    workload({
      name: named('grafana'),
      labels,
      account: named('grafana'),
      placement: 'grafana',
      podAnnotations: value('grafana/podAnnotations'),
      volumes: list(
        'grafana/extraContainerVolumes',
        { name: 'config', configMap: { name: named('grafana') } },
        { name: 'sc-dashboard-provider', configMap: { name: named('grafana-config-dashboards') } },
        { name: 'sc-dashboard-volume', emptyDir: {} },
        { name: 'sc-datasources-volume', emptyDir: {} },
        { name: 'storage', emptyDir: {} },
      ),
      containers: [
        {
          name: 'grafana-sc-dashboard',
          image,
          env: template(
            `{{ $env := list (dict "name" "LABEL" "value" "grafana_dashboard") (dict "name" "FOLDER" "value" "/tmp/dashboards") -}}${given('NAMESPACE', `${dashboards}/searchNamespace`)}${given('SCRIPT', `${dashboards}/script`)}{{ $env | toJson }}`,
          ),
          volumeMounts: list(`${dashboards}/extraMounts`, {
            name: 'sc-dashboard-volume',
            mountPath: '/tmp/dashboards',
          }),
        },
        {
          name: 'grafana-sc-datasources',
          image,
          env: [{ name: 'LABEL', value: 'grafana_datasource' }],
          volumeMounts: [{ name: 'sc-datasources-volume', mountPath: '/etc/grafana/provisioning/datasources' }],
        },
        {
          name: 'grafana',
          image: `grafana/grafana:${version}`,
          ports: [
            { name: portName, containerPort: 80, protocol: 'TCP' },
            { name: 'grafana', containerPort: 3000, protocol: 'TCP' },
          ],
          resources: value('grafana/resources'),
          volumeMounts: [
            { name: 'config', mountPath: '/etc/grafana/grafana.ini', subPath: 'grafana.ini' },
            { name: 'sc-dashboard-volume', mountPath: '/tmp/dashboards' },
            { name: 'sc-dashboard-provider', mountPath: '/etc/grafana/provisioning/dashboards' },
            { name: 'sc-datasources-volume', mountPath: '/etc/grafana/provisioning/datasources' },
            { name: 'storage', mountPath: '/var/lib/grafana' },
          ],
        },
      ],
    }),
  ];
}
