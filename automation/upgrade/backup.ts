import { setTimeout } from 'node:timers/promises';
import type { V1Job } from '@kubernetes/client-node';
import { exitCode, UserError } from '../../errors/index.ts';
import type { Backup } from '../live/aws/index.ts';
import { find } from '../live/kubernetes/client.ts';
import type { UpgradeContext } from './context.ts';

const namespace = 'kube-system';
const cronJob = 'kubezero-backup';
const job = 'backup-cluster-now';
/** A little more than the Job gets by itself (modules/addons/cluster-backup.ts). */
const deadlineMilliseconds = 660_000;

/** Why the newest backup in the bucket won't do, as the end of a sentence; undefined where it does. */
export async function backupProblem(context: UpgradeContext): Promise<string | undefined> {
  const newest = await newestBackup(context);
  if (!newest) return 'there is none';
  const [problem] = problemsOf(context, newest);
  if (problem) return problem;
  const { time = new Date(0) } = newest;
  const age = (Date.now() - time.getTime()) / 1000;
  return age < context.options.snapshotAgeSeconds ? undefined : `the newest is of ${time.toISOString()}`;
}

/**
 * Runs the environment's backup CronJob once, now, and waits until a new backup is whole in the bucket.
 * Upstream does the same at the end of its in-place upgrade (job `backup-cluster-now`).
 * @throws UserError where backups aren't configured, the job fails, or what it leaves is no backup.
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
  const before = await newestBackup(context);
  await deleteJob(context);
  await cluster.batch.createNamespacedJob({
    namespace,
    body: { metadata: { name: job, namespace }, spec: source.spec!.jobTemplate.spec! },
  });
  act('back up etcd', `Job ${namespace}/${job}`);
  const deadline = Date.now() + deadlineMilliseconds;
  for (;;) {
    signal.throwIfAborted();
    const found = await find(cluster.batch.readNamespacedJob({ name: job, namespace }));
    if (found?.status?.succeeded) break;
    const failed = found?.status?.conditions?.find((c) => c.type === 'Failed' && c.status === 'True');
    if (failed) throw backupError((await messageOfPod(context, found)) ?? failed.message ?? 'no message');
    if (Date.now() > deadline) throw backupError(`the job isn't done after ${deadlineMilliseconds / 60_000} minutes`);
    await setTimeout(700, undefined, { signal });
  }
  const after = await newestBackup(context);
  if (!after || (after.time && after.time.getTime() === before?.time?.getTime()))
    throw backupError('the job succeeded, and latest.json in the bucket names no new backup');
  const problems = problemsOf(context, after);
  if (problems.length > 0) throw backupError(problems.join('; '));
  await deleteJob(context);
}

function problemsOf({ environment }: UpgradeContext, { cluster, problems }: Backup): string[] {
  return (cluster ?? environment.name) === environment.name
    ? problems
    : [`the newest is of cluster ${cluster}`, ...problems];
}

function backupError(reason: string): UserError {
  return new UserError(`the etcd backup failed: ${reason}`, {
    where: `Job ${namespace}/${job}`,
    fix: `look at its pod's log (kubectl -n ${namespace} logs job/${job}), then run the same command again`,
    exitCode: exitCode.blocked,
  });
}

/** What the last pod of a job said when it ended: the job itself only counts failures. */
async function messageOfPod({ cluster }: UpgradeContext, { metadata }: V1Job = {}): Promise<string | undefined> {
  const labelSelector = `job-name=${metadata?.name}`;
  const { items } = await cluster.core.listNamespacedPod({ namespace, labelSelector });
  const [last] = items.sort((a, b) => Number(b.status?.startTime ?? 0) - Number(a.status?.startTime ?? 0));
  return last?.status?.containerStatuses?.[0]?.state?.terminated?.message?.trim().split('\n').slice(-3).join(' ');
}

async function deleteJob({ cluster, signal }: UpgradeContext): Promise<void> {
  const read = () => find(cluster.batch.readNamespacedJob({ name: job, namespace }));
  if (!(await read())) return;
  await find(cluster.batch.deleteNamespacedJob({ name: job, namespace, propagationPolicy: 'Background' }));
  while (await read()) await setTimeout(300, undefined, { signal });
}

async function newestBackup({ stacks, environment, aws }: UpgradeContext): Promise<Backup | undefined> {
  const { backupBucket } = await stacks.deployed('network');
  return aws.latestBackup(backupBucket, `k8s/${environment.name}/clusterBackup`);
}
