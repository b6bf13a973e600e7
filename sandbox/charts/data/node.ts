import type { StandInChart } from '../chart.ts';
import { account, clusterRole, configMap, named, nameLabels, service, serviceMonitor, workload } from '../objects.ts';
import { list, on, template, value } from '../template.ts';

/** Cilium. Its names don't depend on the Helm release; its operator makes its CRDs. */
export function cilium(version: '1.10.5' | '1.11.3'): StandInChart {
  const image = `quay.io/cilium/cilium:v${version}`;
  return {
    chart: 'cilium',
    version,
    appVersion: version,
    objects: [
      account('cilium'),
      account('cilium-operator'),
      ...clusterRole('cilium'),
      ...clusterRole('cilium-operator'),
      configMap('cilium-config', {
        tunnel: value('tunnel', '"vxlan"'),
        'cni-exclusive': template('{{ dig "cni" "exclusive" true .Values.AsMap | toString | quote }}'),
      }),
      workload({
        kind: 'DaemonSet',
        name: 'cilium',
        labels: { 'k8s-app': 'cilium' },
        account: 'cilium',
        hostNetwork: true,
        tolerations: [{ operator: 'Exists' }],
        pod: { priorityClassName: 'system-node-critical' },
        initContainers: [
          { name: 'mount-cgroup', image },
          { name: 'clean-cilium-state', image },
        ],
        containers: [
          {
            name: 'cilium-agent',
            image,
            lifecycle: {
              postStart: { exec: { command: ['/cni-install.sh'] } },
              preStop: { exec: { command: ['/cni-uninstall.sh'] } },
            },
            volumeMounts: [
              { name: 'cni-path', mountPath: '/host/opt/cni/bin' },
              { name: 'etc-cni-netd', mountPath: '/host/etc/cni/net.d' },
            ],
            securityContext: { privileged: true },
          },
        ],
        volumes: [
          {
            name: 'cni-path',
            hostPath: { path: value('cni/binPath', '"/opt/cni/bin"'), type: 'DirectoryOrCreate' },
          },
          {
            name: 'etc-cni-netd',
            hostPath: { path: value('cni/confPath', '"/etc/cni/net.d"'), type: 'DirectoryOrCreate' },
          },
        ],
      }),
      workload({
        name: 'cilium-operator',
        labels: { 'io.cilium/app': 'operator', name: 'cilium-operator' },
        account: 'cilium-operator',
        hostNetwork: true,
        replicas: value('operator/replicas', '2'),
        tolerations: [{ operator: 'Exists' }],
        containers: [{ name: 'cilium-operator', image: `quay.io/cilium/operator-generic:v${version}` }],
      }),
    ],
  };
}

/** MetalLB; its addresses are a ConfigMap at this version. */
export function metallb(): StandInChart {
  const labels = (component: string) => nameLabels('metallb', component);
  return {
    chart: 'metallb',
    version: '0.10.2',
    appVersion: 'v0.10.2',
    objects: [
      account(named('metallb-controller')),
      account(named('metallb-speaker')),
      ...clusterRole(named('metallb:controller'), { subject: named('metallb-controller') }),
      ...clusterRole(named('metallb:speaker'), { subject: named('metallb-speaker') }),
      configMap(named('metallb'), { config: template('{{ .Values.configInline | default dict | toYaml | quote }}') }),
      workload({
        kind: 'DaemonSet',
        name: named('metallb-speaker'),
        labels: labels('speaker'),
        account: named('metallb-speaker'),
        hostNetwork: true,
        placement: 'speaker',
        containers: [{ name: 'speaker', image: 'quay.io/metallb/speaker:v0.10.2' }],
      }),
      workload({
        name: named('metallb-controller'),
        labels: labels('controller'),
        account: named('metallb-controller'),
        placement: 'controller',
        containers: [{ name: 'controller', image: 'quay.io/metallb/controller:v0.10.2' }],
      }),
    ],
  };
}

/** aws-node-termination-handler in queue mode: a Deployment. */
export function terminationHandler(version: '0.16.0' | '0.18.3'): StandInChart {
  const appVersion = version === '0.16.0' ? '1.14.0' : '1.16.3';
  const name = 'aws-node-termination-handler';
  const labels = nameLabels(name, 'deployment');
  return {
    chart: name,
    version,
    appVersion,
    objects: [
      account(name),
      ...clusterRole(name),
      service(name, [{ name: 'http-metrics', port: 9092 }], labels, { when: on('enablePrometheusServer') }),
      serviceMonitor(name, 'http-metrics', labels, {
        when: `and ${on('enablePrometheusServer')} ${on('serviceMonitor/create')}`,
      }),
      workload({
        name,
        labels,
        account: name,
        podLabels: { 'k8s-app': name },
        replicas: value('replicas', '1'),
        placement: '',
        pod: { priorityClassName: 'system-cluster-critical' },
        containers: [
          {
            name,
            image: template(
              `public.ecr.aws/aws-ec2/aws-node-termination-handler:{{ dig "image" "tag" "v${appVersion}" .Values.AsMap }}`,
            ),
            env: template(
              '{{ concat (list (dict "name" "ENABLE_SQS_TERMINATION_DRAINING" "value" "true") (dict "name" "MANAGED_ASG_TAG" "value" .Values.managedAsgTag) (dict "name" "QUEUE_URL" "value" .Values.queueURL)) (.Values.extraEnv | default list) | toJson }}',
            ),
            ports: template(
              '{{ concat (list (dict "name" "liveness-probe" "containerPort" 8080 "protocol" "TCP")) (ternary (list (dict "name" "http-metrics" "containerPort" 9092 "protocol" "TCP")) (list) (dig "enablePrometheusServer" false .Values.AsMap)) | toJson }}',
            ),
          },
        ],
      }),
    ],
  };
}

/** external-dns. */
export function externalDns(): StandInChart {
  const name = named('external-dns');
  const labels = nameLabels('external-dns');
  return {
    chart: 'external-dns',
    version: '1.7.1',
    appVersion: '0.10.2',
    values: {
      policy: 'upsert-only',
      registry: 'txt',
      sources: ['service', 'ingress'],
      provider: 'aws',
      interval: '1m',
    },
    objects: [
      account(name),
      ...clusterRole(name, { binding: named('external-dns-viewer') }),
      service(name, [{ name: 'http', port: 7979 }], labels),
      serviceMonitor(name, 'http', labels, { when: on('serviceMonitor/enabled') }),
      workload({
        name,
        labels,
        account: name,
        placement: '',
        volumes: list('extraVolumes'),
        containers: [
          {
            name: 'external-dns',
            image: 'k8s.gcr.io/external-dns/external-dns:v0.10.2',
            args: [
              ...['interval', 'provider', 'policy', 'registry'].map((key) => template(`--${key}={{ .Values.${key} }}`)),
              template('--source={{ .Values.sources | join "," }}'),
              template('--txt-owner-id={{ .Values.txtOwnerId | default "default" }}'),
            ],
            env: list('env'),
            volumeMounts: list('extraVolumeMounts'),
          },
        ],
      }),
    ],
  };
}
