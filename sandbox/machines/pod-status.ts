import { ApiError, type ApiObject, type KubeClient } from '../kubernetes/client.ts';
import { pause } from '../kubernetes/collection.ts';

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
