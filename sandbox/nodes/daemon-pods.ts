import type { ApiObject } from '../kubernetes/client.ts';
import type { ClusterView } from '../kubernetes/cluster-view.ts';
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
