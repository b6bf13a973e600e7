import { isBefore } from '../../releases/kubernetes-version.ts';
import { podStartMilliseconds, readyDatedBackSeconds } from '../deviations.ts';
import { networkAnnotation, noNetwork } from '../machines/cni.ts';
import { nodeLostReason } from '../machines/node.ts';
import { kubelets } from './kubelets.ts';
import { absent, type Expression, exists, is, type Stage } from './stage.ts';

/** Set by the sandbox on a pod that is to wait with that reason: faults, and what depends on more than the pod's own spec. */
export const waitingAnnotation = 'sandbox.kubezero.dev/waiting';
/** Pods that the daemon itself runs (upgrade, backup): kwok leaves them alone. */
const daemonPodLabels = { app: ['kubezero-upgrade', 'kubezero-backup'] };
export const daemonJobPrefixes = ['kubezero-backup', 'backup-cluster-now'];

const unprivilegedPort = 'net.ipv4.ip_unprivileged_port_start';
const sysctlNames = '.spec.securityContext.sysctls[]?.name';

const isDaemonPod = `((.metadata.labels.app // "") | IN("${daemonPodLabels.app.join('","')}")) or ((.metadata.labels["job-name"] // "") | startswith("${daemonJobPrefixes.join('") or startswith("')}"))`;
const isMirror = '.metadata.annotations["kubernetes.io/config.mirror"]';
const networkKey = `.metadata.annotations["${networkAnnotation}"]`;
const conditionKey = (type: string, field: string) =>
  `.status.conditions[]? | select( .type == "${type}" ) | .${field}`;
const nodeReadyKey = conditionKey('Ready', 'status');
const waitingKey = `.metadata.annotations["${waitingAnnotation}"]`;
/** Pods of kwok's own that it hasn't started yet. */
const unstarted: Expression[] = [
  absent('.metadata.deletionTimestamp'),
  absent('.status.podIP'),
  absent(isMirror),
  is(isDaemonPod, 'false'),
  is('.status.phase', 'Pending'),
  absent(waitingKey),
];

/** Fields every pod has from the moment its kubelet took it. */
const placed = `hostIP: {{ NodeIPWith .spec.nodeName | Quote }}
podIP: {{ PodIPWith .spec.nodeName ( or .spec.hostNetwork false ) ( or .metadata.uid "" ) ( or .metadata.name "" ) ( or .metadata.namespace "" ) | Quote }}
startTime: {{ Now | Quote }}`;

const initDone = `initContainerStatuses:
{{ range .spec.initContainers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  imageID: ""
  ready: true
  restartCount: 0
  state: { terminated: { exitCode: 0, reason: Completed, startedAt: {{ Now | Quote }}, finishedAt: {{ Now | Quote }} } }
{{ end }}`;

function conditions(ready: boolean, since: string): string {
  const status = ready ? '"True"' : '"False"';
  const line = (type: string, value: string) => `- { type: ${type}, status: ${value}, lastTransitionTime: ${since} }`;
  return `conditions:
${line('Initialized', '"True"')}
${line('PodScheduled', '"True"')}
${line('Ready', status)}
${line('ContainersReady', status)}
{{ range .spec.readinessGates }}
- { type: {{ .conditionType | Quote }}, status: "True", lastTransitionTime: ${since} }
{{ end }}`;
}

/** What a kubelet says of its node; of that condition, that there is no network. */
function nodeConditions(withoutNetwork: string): string {
  return `conditions:
{{ range NodeConditions }}
- lastHeartbeatTime: {{ Now | Quote }}
  lastTransitionTime: {{ Now | Quote }}
  type: {{ .type | Quote }}
{{ if ${withoutNetwork} }}
  message: '${noNetwork}'
  reason: KubeletNotReady
  status: "False"
{{ else }}
  message: {{ .message | Quote }}
  reason: {{ .reason | Quote }}
  status: {{ .status | Quote }}
{{ end }}
{{ end }}
phase: Running`;
}

function pod(
  name: string,
  matchExpressions: Expression[],
  statusTemplate: string,
  milliseconds: number,
  weight = 0,
): Stage {
  return stage(name, 'Pod', matchExpressions, { statusTemplate }, milliseconds, weight);
}

function stage(
  name: string,
  kind: 'Pod' | 'Node',
  matchExpressions: Expression[],
  next: Stage['spec']['next'],
  milliseconds = 0,
  weight = 0,
): Stage {
  return {
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'Stage',
    metadata: { name },
    spec: {
      resourceRef: { apiGroup: 'v1', kind },
      selector: { matchExpressions },
      weight,
      ...(milliseconds ? { delay: { durationMilliseconds: milliseconds } } : {}),
      next,
    },
  };
}

/** Containers that wait: `{{ $reason }}` and `{{ $message }}` are template variables. */
const waitingContainers = `containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  imageID: ""
  ready: false
  started: false
  restartCount: {{ $restarts }}
  state: { waiting: { reason: {{ $reason | Quote }}, message: {{ $message | Quote }} } }
{{ end }}
phase: {{ $phase }}`;

function waiting(reason: string, message: string): string {
  return `{{ $reason := "${reason}" }}{{ $message := "${message}" }}{{ $restarts := 0 }}{{ $phase := "Pending" }}
${conditions(false, '{{ Now | Quote }}')}
${waitingContainers}
${placed}`;
}

const running = `${conditions(true, '{{ $since | Quote }}')}
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  imageID: {{ printf "%s@sandbox" .image | Quote }}
  containerID: {{ printf "cri-o://%s" .name | Quote }}
  ready: true
  started: true
  restartCount: 0
  state: { running: { startedAt: {{ Now | Quote }} } }
{{ end }}
${initDone}
${placed}
phase: Running`;

/**
 * What any kubelet does with nodes and pods.
 * @param since when pods are to have become ready, RFC 3339
 * @param more what a pod has to fulfil besides to get as far as its image
 */
function everyKubelet(since: string, more: Expression[]): Stage[] {
  return [
    stage('node-ready', 'Node', [{ key: nodeReadyKey, operator: 'NotIn', values: ['True'] }, exists(networkKey)], {
      statusTemplate: nodeConditions('false'),
    }),
    stage('node-without-network', 'Node', [is(nodeReadyKey, 'True', 'Unknown'), absent(networkKey)], {
      statusTemplate: nodeConditions('(eq .type "Ready")'),
    }),
    pod('pod-running', unstarted, `{{ $since := "${since}" }}\n${running}`, podStartMilliseconds),
    // The node lifecycle controller says so of pods on a node without network, and their kubelet knows better.
    pod(
      'pod-ready-again',
      [
        absent('.metadata.deletionTimestamp'),
        absent(isMirror),
        is(isDaemonPod, 'false'),
        is('.status.phase', 'Running'),
        is(conditionKey('ContainersReady', 'status'), 'True'),
        is(conditionKey('Ready', 'status'), 'False'),
        { key: conditionKey('Ready', 'reason'), operator: 'NotIn', values: [nodeLostReason] },
        absent(waitingKey),
      ],
      conditions(true, JSON.stringify(since)),
      podStartMilliseconds,
    ),
    // Only the injector of a running istiod puts an image in its place.
    pod(
      'pod-image-auto',
      [...unstarted, ...more, is('.spec.containers[]?.image', 'auto')],
      waiting('ImagePullBackOff', 'Back-off pulling image auto'),
      podStartMilliseconds,
      4,
    ),
    pod(
      'pod-waiting',
      [
        absent('.metadata.deletionTimestamp'),
        absent(isMirror),
        is(isDaemonPod, 'false'),
        exists(waitingKey),
        absent('.status.containerStatuses[]?.state.waiting.reason'),
        is('.status.phase', 'Pending', 'Running'),
      ],
      `{{ $reason := index .metadata.annotations "${waitingAnnotation}" }}{{ $message := printf "back-off restarting failed container of %s" .metadata.name }}{{ $restarts := 3 }}{{ $phase := "Pending" }}
{{ if eq $reason "CrashLoopBackOff" }}{{ $phase = "Running" }}{{ end }}
{{ if eq $reason "ContainerCreating" }}{{ $message = "" }}{{ $restarts = 0 }}{{ end }}
${conditions(false, '{{ Now | Quote }}')}
${waitingContainers}
${placed}`,
      50,
      10,
    ),
    pod(
      'pod-complete',
      [
        absent('.metadata.deletionTimestamp'),
        is('.status.phase', 'Running'),
        is('.metadata.ownerReferences.[].kind', 'Job'),
        is(isDaemonPod, 'false'),
        absent(waitingKey),
      ],
      `containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  imageID: ""
  ready: false
  started: false
  restartCount: 0
  state: { terminated: { exitCode: 0, reason: Completed, startedAt: {{ Now | Quote }}, finishedAt: {{ Now | Quote }} } }
{{ end }}
phase: Succeeded`,
      500,
    ),
    stage(
      'pod-delete',
      'Pod',
      [exists('.metadata.deletionTimestamp')],
      { finalizers: { empty: true }, delete: true },
      100,
      100,
    ),
  ];
}

/** Kubelets before 1.22 don't know the sysctl as a safe one, and reject the pod for good. */
function rejectSysctl(): Stage {
  // Some seconds, or its ReplicaSet, which makes a new pod at once, would fill the cluster with rejected ones.
  return pod(
    'pod-sysctl-forbidden',
    [...unstarted, is(sysctlNames, unprivilegedPort)],
    `phase: Failed
reason: SysctlForbidden
message: 'Pod forbidden sysctl: "${unprivilegedPort}" not allowlisted'
startTime: {{ Now | Quote }}`,
    4_000,
    5,
  );
}

/**
 * Machines of KubeZero 1.22 and later are Alpine: no shared root mount for what bind-mounts the host's root with mount
 * propagation (node-exporter of the 1.21 metrics module), and no /etc/machine-id (fluent-bit of the 1.21 logging module).
 */
function alpine(): Stage[] {
  const roots = '[.spec.volumes[]? | select(.hostPath.path == "/") | .name] as $roots';
  const propagated = '((.mountPropagation // "None") != "None") and (.name | IN($roots[]))';
  const propagatesRoot = `${roots} | any(.spec.containers[]?.volumeMounts[]?; ${propagated})`;
  return [
    pod(
      'pod-root-mount-not-shared',
      [...unstarted, is(propagatesRoot, 'true')],
      waiting('CreateContainerError', "path '/' is mounted on '/' but it is not a shared or slave mount"),
      podStartMilliseconds,
      5,
    ),
    pod(
      'pod-no-machine-id',
      [...unstarted, is('any(.spec.volumes[]?; .hostPath.path == "/etc/machine-id")', 'true')],
      waiting('ContainerCreating', 'hostPath type check failed: /etc/machine-id is not a file'),
      podStartMilliseconds,
      5,
    ),
  ];
}

/**
 * Stages of the kwok that stands for kubelets of one version: what a kubelet of that version, on that release's operating
 * system, does with pods.
 * @param minor Kubernetes minor version of a release, e.g. `1.22`
 */
export function stagesFor(minor: string, now = new Date()): Stage[] {
  const since = new Date(now.getTime() - readyDatedBackSeconds * 1000).toISOString();
  // A pod that is rejected never gets as far as its image.
  const rejects = isBefore(minor, '1.22');
  const admitted: Expression[] = rejects ? [{ key: sysctlNames, operator: 'NotIn', values: [unprivilegedPort] }] : [];
  const ownSystem = kubelets.get(minor)?.init === 'openrc' ? alpine() : [];
  return [...everyKubelet(since, admitted), ...(rejects ? [rejectSysctl()] : []), ...ownSystem];
}
