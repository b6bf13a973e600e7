import type { EtcdMember } from './etcd.ts';
import type { EtcdIds } from './wal.ts';

/** What a controller knows when it settles its place among the members of etcd, before its own etcd starts. */
export interface MembershipFacts {
  /** Its node's and its member's name. */
  name: string;
  /** `https://<node name>.<domain>:2380` */
  peerUrl: string;
  volumeId: string;
  /** Whether it is the controller of the first zone, the one that founds. */
  first: boolean;
  /** Whose data is on its volume; absent: there is none. */
  data?: EtcdIds;
  /** What another member says that has a quorum; absent: none answers. */
  answer?: { cluster: string; members: EtcdMember[] };
  /** The bucket's `etcd/members/<name>`: absent where there is none. */
  recorded?: EtcdIds | 'unreadable';
  /** The bucket's `etcd/founded`, before this controller tries to write it: the volume it names; absent: there is none. */
  foundedOn?: string;
  /** Names in the bucket's `etcd/members/`. */
  recordedMembers?: string[];
}

/** What to do about it. Data is never deleted: where it is proven stale, it is moved `aside` first. */
export type MembershipPlan =
  /** Start with the data that is there, or as the member that was announced already. */
  | { action: 'start'; aside?: string }
  /** Its data is there, the members know it by another URL. */
  | { action: 'update'; id: string }
  /** Announce a new learner, then start without data. */
  | { action: 'add'; aside?: string }
  /** The member of this name has lost its data: it is removed, then as `add`. */
  | { action: 'replace'; id: string; aside?: string }
  /** Nobody answers; all members with data may be starting now. */
  | { action: 'restart' }
  /** Write `etcd/founded` where there is none, and begin a new cluster. */
  | { action: 'found' }
  /** Nothing was touched. Tried again like every failure; only a `wait` gets better by itself. */
  | { action: 'wait' | 'refuse'; because: string };

/** How a controller takes its place in etcd: the specification that the boot program's step `etcd` follows. */
export function planMembership(facts: MembershipFacts): MembershipPlan {
  return facts.answer ? planWithMembers(facts, facts.answer) : planAlone(facts);
}

function planWithMembers(
  { name, peerUrl, volumeId, data }: MembershipFacts,
  { cluster, members }: NonNullable<MembershipFacts['answer']>,
): MembershipPlan {
  if (data && data.cluster !== cluster)
    return refuse(
      `volume ${volumeId} has the data of etcd cluster ${data.cluster}, the running one is ${cluster}: nothing was touched`,
    );
  // One that was announced and hasn't started yet has no name; its URL tells it.
  const ours = members.filter((member) => member.name === name || member.peerUrls.includes(peerUrl));
  if (ours.length > 1) return refuse(`etcd has more than one member ${name}: ${ours.map(({ id }) => id).join(' ')}`);
  const [known] = ours;
  const owner = members.find(({ id }) => id === data?.member);
  if (data && owner && owner !== known)
    return refuse(
      `volume ${volumeId} has the data of etcd member ${owner.id}, which is ${owner.name}, not ${name}: nothing was touched`,
    );
  const stale = data && !owner ? { aside: `the cluster has removed member ${data.member}` } : {};
  if (!known) return { action: 'add', ...stale };
  if (owner) return known.peerUrls.includes(peerUrl) ? { action: 'start' } : { action: 'update', id: known.id };
  return known.name === '' ? { action: 'start', ...stale } : { action: 'replace', id: known.id, ...stale };
}

function planAlone(facts: MembershipFacts): MembershipPlan {
  const { name, volumeId, first, data, recorded, foundedOn, recordedMembers = [] } = facts;
  if (data) {
    const other =
      recorded && recorded !== 'unreadable' && (recorded.cluster !== data.cluster || recorded.member !== data.member);
    if (!other) return { action: 'restart' };
    return refuse(
      `volume ${volumeId} has the data of etcd cluster and member ${data.cluster} ${data.member}, recorded for ${name} is ${recorded.cluster} ${recorded.member}: nothing was touched`,
    );
  }
  if (!first) return { action: 'wait', because: 'waiting for a member of etcd that answers' };
  if (foundedOn === undefined) return { action: 'found' };
  if (foundedOn !== volumeId)
    return refuse(
      `no member of etcd answers, and this cluster was founded on another volume (${foundedOn}): not founding a second one`,
    );
  // Cut off after it wrote that, and before it was a member.
  if (recordedMembers.length === 0) return { action: 'found' };
  return refuse(
    `no member of etcd answers, and volume ${volumeId}, on which this cluster was founded, is empty: not founding a second one`,
  );
}

const refuse = (because: string): MembershipPlan => ({ action: 'refuse', because });
