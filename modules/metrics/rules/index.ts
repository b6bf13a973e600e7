import type { KubernetesObject } from '../../definition.ts';
import { prometheusRule, type RuleGroup } from '../../rules.ts';
import { alertmanagerRules } from './alertmanager.ts';
import { apiServerRecords } from './api-server-records.ts';
import { appRules } from './apps.ts';
import { controlPlaneRules } from './control-plane.ts';
import { etcdRules } from './etcd.ts';
import { generalRules } from './general.ts';
import { kubeStateMetricsRules } from './kube-state-metrics.ts';
import { kubeletRules } from './kubelet.ts';
import { nodeExporterRules } from './node-exporter.ts';
import { prometheusRules } from './prometheus.ts';
import { prometheusOperatorRules } from './prometheus-operator.ts';
import { resourceRules, storageRules } from './resources.ts';
import { workloadRecords } from './workload-records.ts';

/** The alerts and recorded series that every cluster has, an object per subject; named as KubeZero's are. */
export function metricsRules(fullName: string, namespace: string, labels: Record<string, string>): KubernetesObject[] {
  const subjects: Record<string, RuleGroup[]> = {
    alertmanager: alertmanagerRules(namespace),
    'etcd-mixin': etcdRules,
    'kube-prometheus': generalRules,
    'kube-state-metrics': kubeStateMetricsRules,
    kubernetes: [
      appRules,
      resourceRules,
      storageRules,
      ...controlPlaneRules,
      kubeletRules,
      ...apiServerRecords,
      ...workloadRecords,
    ],
    'node-exporter': nodeExporterRules,
    prometheus: prometheusRules(namespace),
    'prometheus-operator': prometheusOperatorRules(namespace),
  };
  return Object.entries(subjects).map(([subject, groups]) =>
    prometheusRule({ name: `${fullName}-${subject}`, namespace, labels }, groups),
  );
}
