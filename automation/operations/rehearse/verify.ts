import { isDeepStrictEqual } from 'node:util';
import { releases } from '../../../releases/index.ts';
import type { ReleaseId } from '../../../releases/release.ts';
import type { SandboxStatus } from '../../../sandbox/client.ts';
import type { EnvironmentStatus } from '../status.ts';

/** The environment at one moment: what its status command says, and what the sandbox itself sees. */
export interface Snapshot {
  status: EnvironmentStatus;
  sandbox: SandboxStatus;
  /** Whether the git remote has application.yaml as it is in the working tree. */
  pushed: boolean;
}

/** One thing an upgrade promises, and whether it was kept. */
export interface Check {
  promise: string;
  kept: boolean;
  detail: string;
}

/** Compares the environment before and after its upgrade. */
export function verify(before: Snapshot, after: Snapshot, to: ReleaseId): Check[] {
  const version = releases[to]!.kubernetesVersion;
  const { cluster } = after.status;
  if ('error' in cluster) return [{ promise: 'the API answers', kept: false, detail: cluster.error }];
  const apiServers = Object.values(cluster.apiServers);
  const workersBefore = nodeNames(before, 'worker');
  const workersAfter = nodeNames(after, 'worker');
  const behind = Object.entries(after.status.layers.modules).filter(([, release]) => release !== to);
  const check = (promise: string, kept: boolean, detail: string): Check => ({ promise, kept, detail });
  return [
    check(
      `API server ${version} on every controller`,
      apiServers.length === nodeNames(before, 'controller').length && apiServers.every((v) => v === version),
      apiServers.join(', '),
    ),
    check(
      `all nodes at ${version} and Ready`,
      cluster.nodes.every((n) => n.kubelet === version && n.ready && n.schedulable),
      `${cluster.nodes.length} nodes`,
    ),
    check(
      'the same etcd cluster',
      before.sandbox.etcd.clusterId === after.sandbox.etcd.clusterId,
      after.sandbox.etcd.clusterId,
    ),
    check('the same etcd members', same(memberIds(before), memberIds(after)), memberIds(after).join(', ')),
    check('the same etcd volumes', same(volumeIds(before), volumeIds(after)), volumeIds(after).join(', ')),
    check(
      'old workers gone',
      workersBefore.every((name) => !workersAfter.includes(name)),
      `${workersAfter.length} workers`,
    ),
    check(
      'as many workers as before',
      workersBefore.length === workersAfter.length,
      `${workersBefore.length} before, ${workersAfter.length} after`,
    ),
    check(
      '`desired`, `min` and `max` of every group as before',
      isDeepStrictEqual(groupSizes(before), groupSizes(after)),
      Object.entries(groupSizes(after))
        .map(([name, sizes]) => `${name} ${sizes}`)
        .join(', '),
    ),
    check('workers no longer doubled', after.status.layers.surge === false, `surge ${after.status.layers.surge}`),
    check(
      `every module at ${to}`,
      behind.length === 0,
      behind.map(([id, release]) => `${id} ${release}`).join(', ') ||
        `${Object.keys(after.status.layers.modules).length} modules`,
    ),
    check(
      'application.yaml pushed to the git remote',
      after.pushed,
      after.pushed ? 'as in the working tree' : 'differs',
    ),
    check(`application.yaml at ${to}`, after.status.application === to, after.status.application ?? 'unreadable'),
    check(
      'every pod healthy',
      cluster.unhealthy.length === 0,
      cluster.unhealthy.map(({ object, reason }) => `${object}: ${reason}`).join(', ') || 'all',
    ),
  ];
}

function nodeNames({ status: { cluster } }: Snapshot, role: 'controller' | 'worker'): string[] {
  return 'error' in cluster ? [] : cluster.nodes.filter((node) => node.role === role).map((node) => node.name);
}

/** `min/desired/max` by Auto Scaling group. */
function groupSizes({ sandbox }: Snapshot): Record<string, string> {
  return Object.fromEntries(
    sandbox.aws.autoScalingGroups.map(({ name, min, desired, max }) => [name, `${min}/${desired}/${max}`]),
  );
}

function memberIds({ sandbox }: Snapshot): string[] {
  return sandbox.etcd.members.map((member) => member.id).sort();
}

function volumeIds({ sandbox }: Snapshot): string[] {
  return sandbox.etcd.members.map((member) => member.volumeId ?? '').sort();
}

function same(a: string[], b: string[]): boolean {
  return a.length > 0 && a.length === b.length && a.every((value, index) => value === b[index]);
}
