import { hostname, userInfo } from 'node:os';
import { V1MicroTime } from '@kubernetes/client-node';
import { exitCode, UserError } from '../../../errors/index.ts';
import { isAlive } from '../processes.ts';
import { type Cluster, find, reasonOf, statusOf } from './client.ts';

const name = 'kubezero-upgrade';
const namespace = 'kube-system';
/** Long enough for API servers to be replaced under the holder, short enough not to keep a resumed run waiting. */
const durationSeconds = 30;

/** Who holds the lock: `user@host pid since`. */
function identity(): string {
  return `${userInfo().username}@${hostname()} pid ${process.pid}`;
}

/** Held lock; `release` gives it back. `lost` aborts when another run took it over. */
export interface HeldLease {
  lost: AbortSignal;
  release(): Promise<void>;
}

/**
 * Takes the cluster's upgrade lock, a Kubernetes Lease, and keeps renewing it. A lock whose holder is gone (a process
 * of this machine that no longer runs, or any that didn't renew for 30 s) is taken over.
 * @throws UserError with the holder and its age while another run holds it.
 */
export async function holdLease(cluster: Cluster): Promise<HeldLease> {
  const holder = identity();
  await acquire(cluster, holder);
  const lost = new AbortController();
  let renewing: Promise<void> | undefined;
  const timer = setInterval(() => {
    renewing ??= renew(cluster, holder)
      .then((kept) => {
        if (!kept) lost.abort(new UserError('another run took over the upgrade lock', { exitCode: exitCode.locked }));
      })
      // The API server may be restarting under us; the next renewal decides.
      .catch(() => undefined)
      .finally(() => {
        renewing = undefined;
      });
  }, 5_000);
  timer.unref();
  return {
    lost: lost.signal,
    async release() {
      clearInterval(timer);
      await renewing;
      const lease = await find(cluster.coordination.readNamespacedLease({ name, namespace }));
      if (lease?.spec?.holderIdentity === holder)
        await find(cluster.coordination.deleteNamespacedLease({ name, namespace }));
    },
  };
}

async function acquire(cluster: Cluster, holder: string): Promise<void> {
  const lease = await find(cluster.coordination.readNamespacedLease({ name, namespace }));
  const spec = {
    holderIdentity: holder,
    leaseDurationSeconds: durationSeconds,
    renewTime: new V1MicroTime(),
    acquireTime: new V1MicroTime(),
  };
  try {
    if (!lease) {
      await cluster.coordination.createNamespacedLease({ namespace, body: { metadata: { name, namespace }, spec } });
      return;
    }
    const age = (Date.now() - new Date(lease.spec?.renewTime ?? 0).getTime()) / 1000;
    const other = lease.spec?.holderIdentity ?? '';
    if (other && age < durationSeconds && !isDead(other)) {
      throw new UserError(`another upgrade is running: ${other}, last seen ${Math.round(age)} s ago`, {
        where: `Lease ${namespace}/${name}`,
        state: 'nothing was touched by this run',
        fix: `wait for it to end; if that process is gone, its lock ends by itself ${durationSeconds} s after it was last seen`,
        exitCode: exitCode.locked,
      });
    }
    // The resourceVersion of what was read makes two that take over at once collide, so only one wins.
    await cluster.coordination.replaceNamespacedLease({ name, namespace, body: { ...lease, spec } });
  } catch (error) {
    if (statusOf(error) !== 409) throw error;
    throw new UserError(`another run took the upgrade lock at the same moment: ${reasonOf(error)}`, {
      exitCode: exitCode.locked,
    });
  }
}

async function renew(cluster: Cluster, holder: string): Promise<boolean> {
  const lease = await find(cluster.coordination.readNamespacedLease({ name, namespace }));
  if (lease?.spec?.holderIdentity !== holder) return false;
  await cluster.coordination.replaceNamespacedLease({
    name,
    namespace,
    body: { ...lease, spec: { ...lease.spec, renewTime: new V1MicroTime() } },
  });
  return true;
}

/** Whether the holder is a process of this machine that no longer runs. */
function isDead(holder: string): boolean {
  const [, host, pid] = /@(\S+) pid (\d+)$/.exec(holder) ?? [];
  return host === hostname() && pid !== undefined && !isAlive(Number(pid));
}
