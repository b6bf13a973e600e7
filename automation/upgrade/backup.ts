import { setTimeout } from 'node:timers/promises';
import { exitCode, UserError } from '../../errors/index.ts';
import { latestSnapshot } from '../aws/index.ts';
import { find } from '../cluster/client.ts';
import type { UpgradeContext } from './context.ts';

const namespace = 'kube-system';
const cronJob = 'kubezero-backup';
const job = 'backup-cluster-now';

/** Whether the newest etcd snapshot in the backup bucket is young enough. */
export async function backupIsFresh(context: UpgradeContext): Promise<boolean> {
  const newest = await newestSnapshot(context);
  return newest !== undefined && (Date.now() - newest.getTime()) / 1000 < context.options.snapshotAgeSeconds;
}

/**
 * Runs the environment's backup CronJob once, now, and waits until a new etcd snapshot is in the bucket.
 * Upstream does the same at the end of its in-place upgrade (job `backup-cluster-now`).
 * @throws UserError where backups aren't configured, the job fails, or no snapshot arrives.
 */
export async function runBackup(context: UpgradeContext): Promise<void> {
  const { cluster, signal, act } = context;
  const source = await find(cluster.batch.readNamespacedCronJob({ name: cronJob, namespace }));
  if (!source) {
    throw new UserError(`there is no CronJob ${namespace}/${cronJob}: backups of etcd are not configured`, {
      where: 'application.yaml: addons.clusterBackup',
      fix: 'enable addons.clusterBackup and run `kubezero up`: the upgrade does not start without a fresh snapshot',
      exitCode: exitCode.blocked,
    });
  }
  const before = await newestSnapshot(context);
  await deleteJob(context);
  await cluster.batch.createNamespacedJob({
    namespace,
    body: { metadata: { name: job, namespace }, spec: source.spec!.jobTemplate.spec! },
  });
  act('back up etcd', `Job ${namespace}/${job}`);
  const deadline = Date.now() + 600_000;
  for (;;) {
    signal.throwIfAborted();
    const status = (await find(cluster.batch.readNamespacedJob({ name: job, namespace })))?.status;
    const newest = await newestSnapshot(context);
    if (status?.succeeded && newest && newest.getTime() > (before?.getTime() ?? 0)) break;
    const failed = status?.conditions?.find((c) => c.type === 'Failed' && c.status === 'True');
    if (failed || Date.now() > deadline) {
      throw new UserError(
        `the etcd backup failed: ${failed?.message ?? 'no new snapshot in the bucket after 10 minutes'}`,
        {
          where: `Job ${namespace}/${job}`,
          fix: `look at its pod's log (kubectl -n ${namespace} logs job/${job}), then run the same command again`,
          exitCode: exitCode.blocked,
        },
      );
    }
    await setTimeout(700, undefined, { signal });
  }
  await deleteJob(context);
}

async function deleteJob({ cluster, signal }: UpgradeContext): Promise<void> {
  const read = () => find(cluster.batch.readNamespacedJob({ name: job, namespace }));
  if (!(await read())) return;
  await find(cluster.batch.deleteNamespacedJob({ name: job, namespace, propagationPolicy: 'Background' }));
  while (await read()) await setTimeout(300, undefined, { signal });
}

async function newestSnapshot({ stacks, environment }: UpgradeContext): Promise<Date | undefined> {
  const { backupBucket } = await stacks.deployed('network');
  return (await latestSnapshot(backupBucket, `k8s/${environment.name}/clusterBackup/`))?.lastModified;
}
