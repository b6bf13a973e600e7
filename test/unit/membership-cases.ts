import type { MembershipFacts, MembershipPlan } from '../../sandbox/machines/membership.ts';

const domain = 'demo.example.com';
const url = (name: string) => `https://${name}.${domain}:2380`;
const member = (id: string, name: string, peerUrl = url(name)) => ({ id, name, peerUrls: [peerUrl] });
const cluster = 'c1';
const others = [member('a1', 'demo-controller-a'), member('d1', 'demo-controller-d')];
const volumeId = 'vol-0123456789abcdef0';

/** The controller that the cases are about, where a case doesn't say otherwise. It isn't the first of its cluster. */
export const controller: MembershipFacts = {
  name: 'demo-controller-b',
  peerUrl: url('demo-controller-b'),
  volumeId,
  first: false,
};

/** A situation, and what a controller does in it. Ids are hexadecimal, as etcd prints them. */
export interface MembershipCase {
  name: string;
  /** What differs from {@link controller}. */
  facts: Partial<MembershipFacts>;
  plan: MembershipPlan;
}

const own = { cluster, member: 'b1' };
const refuse = (because: string) => ({ action: 'refuse' as const, because });

/**
 * How a controller takes its place among the members of etcd: what both the sandbox's stand-in and the scripts of real
 * machines are held to.
 */
export const membershipCases: MembershipCase[] = [
  {
    name: 'members answer and don’t know it, no data: added',
    facts: { answer: { cluster, members: others } },
    plan: { action: 'add' },
  },
  {
    name: 'members answer and know its data: started',
    facts: { data: own, answer: { cluster, members: [...others, member('b1', 'demo-controller-b')] } },
    plan: { action: 'start' },
  },
  {
    name: 'members know its data by another URL: updated',
    facts: {
      data: own,
      answer: { cluster, members: [...others, member('b1', 'demo-controller-b', 'https://10.0.2.10:2380')] },
    },
    plan: { action: 'update', id: 'b1' },
  },
  {
    name: 'members know it, its data is lost: removed and added',
    facts: { answer: { cluster, members: [...others, member('b1', 'demo-controller-b')] } },
    plan: { action: 'replace', id: 'b1' },
  },
  {
    name: 'announced already, not started yet: started without data',
    facts: { answer: { cluster, members: [...others, member('b2', '', url('demo-controller-b'))] } },
    plan: { action: 'start' },
  },
  {
    name: 'its data is of a member that was removed: moved aside and added',
    facts: { data: own, answer: { cluster, members: others } },
    plan: { action: 'add', aside: 'the cluster has removed member b1' },
  },
  {
    name: 'its data is of a member that was removed, announced anew already: moved aside and started',
    facts: { data: own, answer: { cluster, members: [...others, member('b2', '', url('demo-controller-b'))] } },
    plan: { action: 'start', aside: 'the cluster has removed member b1' },
  },
  {
    name: 'its data is older than the member of its name: moved aside, that member removed, added',
    facts: { data: own, answer: { cluster, members: [...others, member('b2', 'demo-controller-b')] } },
    plan: { action: 'replace', id: 'b2', aside: 'the cluster has removed member b1' },
  },
  {
    name: 'its data is of another cluster: refused',
    facts: { data: { cluster: 'c2', member: 'b1' }, answer: { cluster, members: others } },
    plan: refuse(`volume ${volumeId} has the data of etcd cluster c2, the running one is c1: nothing was touched`),
  },
  {
    name: 'its data is of another controller’s member: refused',
    facts: { data: { cluster, member: 'a1' }, answer: { cluster, members: others } },
    plan: refuse(
      `volume ${volumeId} has the data of etcd member a1, which is demo-controller-a, not demo-controller-b: nothing was touched`,
    ),
  },
  {
    name: 'two members of its name: refused',
    facts: {
      answer: {
        cluster,
        members: [
          ...others,
          member('b1', 'demo-controller-b', 'https://10.0.2.10:2380'),
          member('b2', 'demo-controller-b'),
        ],
      },
    },
    plan: refuse('etcd has more than one member demo-controller-b: b1 b2'),
  },
  {
    name: 'nobody answers, data as recorded: started',
    facts: { data: own, recorded: own },
    plan: { action: 'restart' },
  },
  { name: 'nobody answers, data and no record: started', facts: { data: own }, plan: { action: 'restart' } },
  {
    name: 'nobody answers, data, the record can’t be read: started',
    facts: { data: own, recorded: 'unreadable' },
    plan: { action: 'restart' },
  },
  {
    name: 'nobody answers, data of another member than recorded: refused',
    facts: { data: own, recorded: { cluster, member: 'b2' } },
    plan: refuse(
      `volume ${volumeId} has the data of etcd cluster and member c1 b1, recorded for demo-controller-b is c1 b2: nothing was touched`,
    ),
  },
  {
    name: 'nobody answers, no data, not the first: waits',
    facts: {},
    plan: { action: 'wait', because: 'waiting for a member of etcd that answers' },
  },
  {
    name: 'nobody answers, no data, the first, nothing founded: founds',
    facts: { first: true },
    plan: { action: 'found' },
  },
  {
    name: 'nobody answers, the first, its founding was cut off: founds',
    facts: { first: true, foundedOn: volumeId },
    plan: { action: 'found' },
  },
  {
    name: 'nobody answers, the first, founded on its volume, which is empty although members were recorded: refused',
    facts: { first: true, foundedOn: volumeId, recordedMembers: ['demo-controller-c'] },
    plan: refuse(
      `no member of etcd answers, and volume ${volumeId}, on which this cluster was founded, is empty: not founding a second one`,
    ),
  },
  {
    name: 'nobody answers, the first, founded on another volume: refused',
    facts: { first: true, foundedOn: 'vol-0ffffffffffffffff' },
    plan: refuse(
      'no member of etcd answers, and this cluster was founded on another volume (vol-0ffffffffffffffff): not founding a second one',
    ),
  },
];
