import type { ClusterView } from '../cluster.ts';
import { ApiError, type ApiObject, type KubeClient } from '../kubernetes/client.ts';
import { pause } from '../kubernetes/collection.ts';
import { runBackupPod } from '../machines/backup-pod.ts';
import type { Surroundings } from '../machines/instance.ts';
import { runUpgradePod } from '../machines/upgrade-pod.ts';
import { daemonJobPrefixes } from './stages.ts';

/** Which of the sandbox's own kinds of pod it is: one that does something to machines, and isn't kwok's to run. */
export function kindOfPod({ metadata }: ApiObject): 'upgrade' | 'backup' | undefined {
  const { app = '', 'job-name': job = '' } = metadata.labels ?? {};
  if (app === 'kubezero-upgrade') return 'upgrade';
  if (app === 'kubezero-backup' || daemonJobPrefixes.some((prefix) => job.startsWith(prefix))) return 'backup';
  return undefined;
}

/** Runs those pods when they are bound. @returns what to call when a pod changes. */
export function runDaemonPods(
  surroundings: Surroundings,
  view: ClusterView,
): (namespace: string, name: string) => void {
  const taken = new Set<string>();
  return (namespace, name) => {
    const pod = view.pods.get(namespace, name);
    const kind = pod && kindOfPod(pod);
    if (!kind || !pod.spec?.nodeName || pod.status?.phase !== 'Pending' || taken.has(pod.metadata.uid ?? '')) return;
    taken.add(pod.metadata.uid ?? '');
    const work = kind === 'upgrade' ? runUpgradePod(pod, surroundings) : runBackupPod(pod, surroundings);
    work.catch((error) => surroundings.log(`pod ${namespace}/${name}: ${(error as Error).stack}`));
  };
}

const path = ({ metadata }: ApiObject) => `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}/status`;
const now = () => new Date().toISOString();

/** Shows a pod as running. */
export function startPod(client: KubeClient, pod: ApiObject): Promise<void> {
  const startedAt = now();
  return patchUntilTaken(client, pod, {
    phase: 'Running',
    startTime: startedAt,
    conditions: conditions('True'),
    containerStatuses: containers(pod, { running: { startedAt } }, true),
    initContainerStatuses: ((pod.spec.initContainers ?? []) as { name: string; image: string }[]).map(
      ({ name, image }) => ({
        name,
        image,
        imageID: '',
        ready: true,
        restartCount: 0,
        state: { terminated: { exitCode: 0, reason: 'Completed', startedAt, finishedAt: startedAt } },
      }),
    ),
  });
}

/** Shows how a pod ended. */
export function finishPod(
  client: KubeClient,
  pod: ApiObject,
  phase: 'Succeeded' | 'Failed',
  message: string,
): Promise<void> {
  const finishedAt = now();
  const exitCode = phase === 'Succeeded' ? 0 : 1;
  const reason = phase === 'Succeeded' ? 'Completed' : 'Error';
  return patchUntilTaken(client, pod, {
    phase,
    message,
    conditions: conditions('False'),
    containerStatuses: containers(
      pod,
      { terminated: { exitCode, reason, message, startedAt: finishedAt, finishedAt } },
      false,
    ),
  });
}

function conditions(ready: 'True' | 'False') {
  return [
    { type: 'Initialized', status: 'True', lastTransitionTime: now() },
    { type: 'PodScheduled', status: 'True', lastTransitionTime: now() },
    { type: 'Ready', status: ready, lastTransitionTime: now() },
    { type: 'ContainersReady', status: ready, lastTransitionTime: now() },
  ];
}

function containers(pod: ApiObject, state: object, ready: boolean) {
  return (pod.spec.containers as { name: string; image: string }[]).map(({ name, image }) => ({
    name,
    image,
    imageID: '',
    ready,
    started: ready,
    restartCount: 0,
    state,
  }));
}

/** The API may be away, not least because this pod replaces an API server. */
async function patchUntilTaken(client: KubeClient, pod: ApiObject, status: object): Promise<void> {
  for (;;) {
    try {
      await client.patch(path(pod), { status });
      return;
    } catch (error) {
      if (error instanceof ApiError && (error.status === 404 || error.status === 422)) return;
      await pause(300);
    }
  }
}
