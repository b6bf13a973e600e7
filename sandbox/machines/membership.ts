import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pause } from '../kubernetes/collection.ts';
import type { EtcdMember } from './etcd.ts';
import type { Instance } from './instance.ts';

/** How an etcd member is to start: values of the placeholders ETCD_INITIAL_CLUSTER and ETCD_CLUSTER_STATE. */
export interface Membership {
  initialCluster: string;
  state: 'new' | 'existing';
}

/** What to do about a controller's etcd membership, by what the cluster and its volume know of it. */
export type MembershipPlan =
  /** Its data is there and the cluster knows it at this address. */
  | { action: 'start' }
  /** Its data is there, its address has changed. */
  | { action: 'update'; id: string }
  /** The cluster doesn't know it: announced, starts without data. */
  | { action: 'add' }
  /** The cluster knows it, its data is lost: a new member takes its name. */
  | { action: 'replace'; id: string };

/** How a machine joins etcd: by what the members say of it, and whether its volume has data. */
export function planMembership(members: EtcdMember[], name: string, peerUrl: string, hasData: boolean): MembershipPlan {
  // A member that was added and never started has no name yet; its address tells it.
  const known = members.find(
    (member) => member.name === name || (member.name === '' && member.peerUrls.includes(peerUrl)),
  );
  if (!known) return { action: 'add' };
  if (!hasData) return { action: 'replace', id: known.id };
  return known.peerUrls.includes(peerUrl) ? { action: 'start' } : { action: 'update', id: known.id };
}

const hasMemberData = (volume: string) =>
  existsSync(join(volume, 'member/wal')) && readdirSync(join(volume, 'member/wal')).length > 0;

/** Client URL of an etcd member that answers as part of a quorum, asked for on all other controllers. */
async function reachableMember(instance: Instance): Promise<{ endpoint: string; members: EtcdMember[] } | undefined> {
  const { surroundings } = instance;
  const others = [...surroundings.instances.values()].filter(
    (other) =>
      other !== instance && other.config?.cluster === instance.config?.cluster && other.kubelet?.isReady('etcd'),
  );
  for (const other of others) {
    const endpoint = `https://${other.loopback}:2379`;
    try {
      return { endpoint, members: (await surroundings.etcd.members(endpoint)).members };
    } catch {
      // No quorum there now; another may know more.
    }
  }
  return undefined;
}

/**
 * Settles a controller's etcd membership before etcd starts. The first controller of a cluster starts alone; others are
 * announced to it. Must be called while holding `etcdJoin`, until the member is ready.
 */
export async function settleMembership(instance: Instance): Promise<Membership> {
  const { config, volume, nodeName } = instance;
  if (!config || !volume) throw new Error('no etcd volume');
  const peerUrl = `https://${instance.loopback}:2380`;
  for (let round = 0; ; round += 1) {
    instance.power.signal.throwIfAborted();
    const reachable = await reachableMember(instance);
    const hasData = hasMemberData(volume);
    if (!reachable) {
      // Whole control plane down: members with data find each other by it.
      if (hasData)
        return { initialCluster: `${nodeName}=https://${instance.machine.privateIp}:2380`, state: 'existing' };
      if (isFirst(instance) && !othersHaveData(instance) && round > 0) {
        return { initialCluster: `${nodeName}=https://${instance.machine.privateIp}:2380`, state: 'new' };
      }
      await pause(200);
      continue;
    }
    const plan = planMembership(reachable.members, nodeName, peerUrl, hasData);
    instance.log(`etcd membership: ${plan.action}`);
    try {
      await carryOut(instance, plan, reachable.endpoint, peerUrl, volume);
    } catch (error) {
      instance.log(`etcd refused (${(error as Error).message}), trying again`);
      await pause(500);
      continue;
    }
    return { initialCluster: initialCluster(instance, reachable.members, plan), state: 'existing' };
  }
}

async function carryOut(
  instance: Instance,
  plan: MembershipPlan,
  endpoint: string,
  peerUrl: string,
  volume: string,
): Promise<void> {
  const { etcd } = instance.surroundings;
  if (plan.action === 'update') await etcd.update(endpoint, plan.id, peerUrl);
  if (plan.action === 'replace') await etcd.remove(endpoint, plan.id);
  if (plan.action === 'replace' || plan.action === 'add') {
    rmSync(join(volume, 'member'), { recursive: true, force: true });
    await etcd.add(endpoint, instance.nodeName, peerUrl);
  }
}

/** `--initial-cluster` with the addresses that machines know each other by. */
function initialCluster(instance: Instance, members: EtcdMember[], plan: MembershipPlan): string {
  const own = `${instance.nodeName}=https://${instance.machine.privateIp}:2380`;
  const removed = 'id' in plan ? plan.id : undefined;
  const privateOf = new Map(
    [...instance.surroundings.instances.values()].map((other) => [other.loopback, other.machine.privateIp]),
  );
  const others = members
    .filter((member) => member.id !== removed && member.name !== instance.nodeName && member.name !== '')
    .flatMap((member) =>
      member.peerUrls.map(
        (url) => `${member.name}=${url.replace(/127(?:\.\d+){3}/, (address) => privateOf.get(address) ?? address)}`,
      ),
    );
  return [...others, own].join(',');
}

/** The controller of the lowest zone makes the cluster. */
export function isFirst(instance: Instance): boolean {
  const zones = (instance.config?.controllers ?? []).map(({ zone }) => zone).sort();
  return zones.length === 0 || zones[0] === instance.config?.zone;
}

function othersHaveData(instance: Instance): boolean {
  const { volumes } = instance.surroundings.directory;
  return (
    existsSync(volumes) &&
    readdirSync(volumes).some((id) => id !== instance.config?.etcdVolumeId && hasMemberData(join(volumes, id)))
  );
}
