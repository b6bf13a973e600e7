import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiObject } from '../kubernetes/client.ts';
import { finishPod, startPod } from '../nodes/daemon-pods.ts';
import type { Surroundings } from './instance.ts';
import { clusterBucket } from './stand-ins.ts';

/**
 * What a pod of the CronJob `kubezero-backup` does: a snapshot of etcd, checked, into the cluster's bucket as
 * `k8s/<cluster>/clusterBackup/<UTC time>.db`. (KubeZero's own goes through restic.)
 */
export async function runBackupPod(pod: ApiObject, surroundings: Surroundings): Promise<void> {
  const { client, instances, etcd, directory, log } = surroundings;
  await startPod(client, pod);
  const work = join(directory.root, 'backup');
  const file = join(work, `${pod.metadata.name}.db`);
  try {
    const all = [...instances.values()].filter((instance) => instance.kubelet?.isReady('etcd'));
    const instance = all.find((candidate) => candidate.nodeName === pod.spec.nodeName) ?? all[0];
    if (!instance) throw new Error('no etcd member answers');
    mkdirSync(work, { recursive: true });
    const { revision, totalSize } = await etcd.snapshot(`https://${instance.loopback}:2379`, file);
    const bucket = clusterBucket(instance);
    const key = `clusterBackup/${new Date().toISOString().replace(/\.\d+Z$/, 'Z')}.db`;
    await bucket.writeFile(key, file);
    bucket.close();
    log(`etcd snapshot at revision ${revision} (${totalSize} bytes) stored as ${key}`);
    await finishPod(client, pod, 'Succeeded', `revision ${revision}`);
  } catch (error) {
    log(`backup pod ${pod.metadata.name}: ${(error as Error).message}`);
    await finishPod(client, pod, 'Failed', (error as Error).message);
  } finally {
    rmSync(file, { force: true });
  }
}
