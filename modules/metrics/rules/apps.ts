import { alert, type RuleGroup } from '../../rules.ts';
import { stateMetrics } from './jobs.ts';

/** A series of kube-state-metrics. */
const kube = (metric: string, matchers = '') => `kube_${metric}{${matchers ? `${matchers},` : ''}${stateMetrics}}`;
const steady = (metric: string, window: string) => `(changes(${kube(metric)}[${window}]) == 0)`;

const daemonSet = (metric: string) => kube(`daemonset_${metric}`);
const desired = daemonSet('status_desired_number_scheduled');
const hpa = (metric: string) => kube(`horizontalpodautoscaler_${metric}`);
const replicas = hpa('status_current_replicas');

const pod = 'Pod {{ $labels.namespace }}/{{ $labels.pod }}';
const named = (kind: string) => `${kind} {{ $labels.namespace }}/{{ $labels.${kind.toLowerCase()} }}`;
const stuckController =
  'The controller manager hasn’t taken note of the last change. If there are many of these, check the controller manager and the API server.';
const seePods = 'See which pods aren’t ready, and their events: `kubectl describe`.';

/** Workloads: pods, deployments, stateful and daemon sets, jobs, autoscalers. */
export const appRules: RuleGroup = {
  name: 'kubernetes-apps',
  rules: [
    alert('KubePodCrashLooping', {
      severity: 'warning',
      after: '15m',
      expr: `max_over_time(${kube('pod_container_status_waiting_reason', 'reason="CrashLoopBackOff"')}[5m]) >= 1`,
      summary: `${pod} keeps crashing.`,
      description:
        'Container {{ $labels.container }} is in CrashLoopBackOff. `kubectl logs --previous` shows why it ended; `OOMKilled` in `kubectl describe` means that its memory limit is too low.',
    }),
    alert('KubePodNotReady', {
      severity: 'warning',
      after: '15m',
      expr: `sum by (namespace, pod) (
  max by (namespace, pod) (${kube('pod_status_phase', 'phase=~"Pending|Unknown"')})
  * on (namespace, pod) group_left (owner_kind)
  topk by (namespace, pod) (1, max by (namespace, pod, owner_kind) (kube_pod_owner{owner_kind!="Job"}))
) > 0`,
      summary: `${pod} hasn’t started for 15 minutes.`,
      description:
        'Its events say why: no node with room for it, a volume that can’t be attached, an image that can’t be pulled.',
    }),
    alert('KubeDeploymentGenerationMismatch', {
      severity: 'warning',
      after: '15m',
      expr: `${kube('deployment_status_observed_generation')} != ${kube('deployment_metadata_generation')}`,
      summary: `${named('Deployment')} isn’t acted on.`,
      description: stuckController,
    }),
    alert('KubeDeploymentReplicasMismatch', {
      severity: 'warning',
      after: '15m',
      expr: `(${kube('deployment_spec_replicas')} > ${kube('deployment_status_replicas_available')})
and ${steady('deployment_status_replicas_updated', '10m')}`,
      summary: `${named('Deployment')} has fewer pods than it should.`,
      description: seePods,
    }),
    alert('KubeStatefulSetReplicasMismatch', {
      severity: 'warning',
      after: '15m',
      expr: `(${kube('statefulset_status_replicas_ready')} != ${kube('statefulset_status_replicas')})
and ${steady('statefulset_status_replicas_updated', '10m')}`,
      summary: `${named('StatefulSet')} has pods that aren’t ready.`,
      description: `${seePods} The volumes of its pods are bound to a zone: there must be a node with room in it.`,
    }),
    alert('KubeStatefulSetGenerationMismatch', {
      severity: 'warning',
      after: '15m',
      expr: `${kube('statefulset_status_observed_generation')} != ${kube('statefulset_metadata_generation')}`,
      summary: `${named('StatefulSet')} isn’t acted on.`,
      description: stuckController,
    }),
    alert('KubeStatefulSetUpdateNotRolledOut', {
      severity: 'warning',
      after: '15m',
      expr: `(
  max without (revision) (
    ${kube('statefulset_status_current_revision')} unless ${kube('statefulset_status_update_revision')}
  )
  * (${kube('statefulset_replicas')} != ${kube('statefulset_status_replicas_updated')})
) and ${steady('statefulset_status_replicas_updated', '5m')}`,
      summary: `The update of ${named('StatefulSet')} has come to a halt.`,
      description:
        'Pods are updated one by one, each after the one before is ready. The pod that isn’t ready holds it up; after a fix of its template it may have to be deleted by hand.',
    }),
    alert('KubeDaemonSetRolloutStuck', {
      severity: 'warning',
      after: '15m',
      expr: `(
  (${daemonSet('status_current_number_scheduled')} != ${desired})
  or (${daemonSet('status_number_misscheduled')} != 0)
  or (${daemonSet('updated_number_scheduled')} != ${desired})
  or (${daemonSet('status_number_available')} != ${desired})
) and ${steady('daemonset_updated_number_scheduled', '5m')}`,
      summary: `The rollout of ${named('DaemonSet')} has come to a halt.`,
      description: `It hasn’t got further for 15 minutes. ${seePods}`,
    }),
    alert('KubeContainerWaiting', {
      severity: 'warning',
      after: '1h',
      expr: `sum by (namespace, pod, container) (${kube('pod_container_status_waiting_reason')}) > 0`,
      summary: `Container {{ $labels.container }} of pod {{ $labels.namespace }}/{{ $labels.pod }} has been waiting for an hour.`,
      description:
        '`kubectl describe` names the reason: mostly an image that can’t be pulled, or a ConfigMap or Secret that doesn’t exist.',
    }),
    alert('KubeDaemonSetNotScheduled', {
      severity: 'warning',
      after: '10m',
      expr: `${desired} - ${daemonSet('status_current_number_scheduled')} > 0`,
      summary: `{{ $value }} pods of ${named('DaemonSet')} have no node.`,
      description:
        'The nodes they belong to have no room for them; give the pods a higher priority, or free the nodes.',
    }),
    alert('KubeDaemonSetMisScheduled', {
      severity: 'warning',
      after: '15m',
      expr: `${daemonSet('status_number_misscheduled')} > 0`,
      summary: `{{ $value }} pods of ${named('DaemonSet')} run where they shouldn’t.`,
      description: 'Labels or taints of their nodes have changed since they were started. Delete these pods.',
    }),
    alert('KubeJobCompletion', {
      severity: 'warning',
      after: '12h',
      expr: `${kube('job_spec_completions')} - ${kube('job_status_succeeded')} > 0`,
      summary: 'Job {{ $labels.namespace }}/{{ $labels.job_name }} hasn’t finished for twelve hours.',
      description: 'See what its pod does or waits for: `kubectl logs`, `kubectl describe`.',
    }),
    alert('KubeJobFailed', {
      severity: 'warning',
      after: '15m',
      expr: `${kube('job_failed')} > 0`,
      summary: 'Job {{ $labels.namespace }}/{{ $labels.job_name }} has failed.',
      description: 'Its pod’s log says why. The alert ends when the failed job is deleted.',
    }),
    alert('KubeHpaReplicasMismatch', {
      severity: 'warning',
      after: '15m',
      expr: `(${hpa('status_desired_replicas')} != ${replicas})
and (${replicas} > ${hpa('spec_min_replicas')})
and (${replicas} < ${hpa('spec_max_replicas')})
and changes(${replicas}[15m]) == 0`,
      summary: 'Autoscaler {{ $labels.namespace }}/{{ $labels.horizontalpodautoscaler }} can’t get the pods it wants.',
      description: 'The workload it scales doesn’t follow: see its events, and whether new pods find a node.',
    }),
    alert('KubeHpaMaxedOut', {
      severity: 'warning',
      after: '15m',
      expr: `${replicas} == ${hpa('spec_max_replicas')}`,
      summary: 'Autoscaler {{ $labels.namespace }}/{{ $labels.horizontalpodautoscaler }} has reached its maximum.',
      description: 'Raise `maxReplicas` if the load is meant to be there.',
    }),
  ],
};
