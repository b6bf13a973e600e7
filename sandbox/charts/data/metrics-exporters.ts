import { account, clusterRole, named, nameLabels, release, service, serviceMonitor, workload } from '../objects.ts';
import { type StandInObject, template, value } from '../template.ts';

/** Metrics of each machine. */
export function nodeExporter(): StandInObject[] {
  const name = named('prometheus-node-exporter');
  const labels = { app: 'prometheus-node-exporter', release: template(release) };
  const hostPath = (volume: string, path: string) => ({ name: volume, hostPath: { path } });
  // The root is mounted unless switched off: 1.21 does, 1.22 doesn't.
  const withRoot = (mounts: object[], root: object) =>
    template(
      `{{ if dig "prometheus-node-exporter" "hostRootFsMount" "enabled" true .Values.AsMap }}${JSON.stringify([...mounts, root])}{{ else }}${JSON.stringify(mounts)}{{ end }}`,
    );
  const mount = (volume: string, mountPath: string) => ({ name: volume, mountPath, readOnly: true });
  return [
    account(name),
    service(name, [{ name: 'http-metrics', port: 9100, targetPort: 9100 }], labels),
    serviceMonitor(name, 'http-metrics', labels, {
      labels,
      endpoint: { relabelings: value('prometheus-node-exporter/prometheus/monitor/relabelings', '(list)') },
    }),
    workload({
      kind: 'DaemonSet',
      name,
      labels,
      account: name,
      hostNetwork: true,
      tolerations: [{ effect: 'NoSchedule', operator: 'Exists' }],
      pod: { hostPID: true },
      containers: [
        {
          name: 'node-exporter',
          image: 'quay.io/prometheus/node-exporter:v1.3.1',
          args: ['--path.procfs=/host/proc', '--path.sysfs=/host/sys'],
          ports: [{ name: 'http-metrics', containerPort: 9100, protocol: 'TCP' }],
          resources: value('prometheus-node-exporter/resources'),
          volumeMounts: withRoot([mount('proc', '/host/proc'), mount('sys', '/host/sys')], {
            ...mount('root', '/host/root'),
            mountPropagation: 'HostToContainer',
          }),
        },
      ],
      volumes: withRoot([hostPath('proc', '/proc'), hostPath('sys', '/sys')], hostPath('root', '/')),
    }),
  ];
}

/** Metrics of the objects in the cluster. */
export function stateMetrics({ version }: { version: string }): StandInObject[] {
  const name = named('kube-state-metrics');
  const labels = nameLabels('kube-state-metrics');
  return [
    account(name),
    ...clusterRole(name),
    service(name, [{ name: 'http', port: 8080, targetPort: 8080 }], labels),
    serviceMonitor(name, 'http', labels, { labels: { ...labels, release: template(release) } }),
    workload({
      name,
      labels,
      account: name,
      placement: 'kube-state-metrics',
      containers: [
        {
          name: 'kube-state-metrics',
          image: `k8s.gcr.io/kube-state-metrics/kube-state-metrics:${version}`,
          ports: [{ name: 'http', containerPort: 8080 }],
          resources: value('kube-state-metrics/resources'),
        },
      ],
    }),
  ];
}
