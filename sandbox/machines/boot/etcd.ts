import { existsSync, renameSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { CommandError } from '../../processes.ts';
import type { ClusterBucket } from '../bucket.ts';
import type { EtcdMember } from '../etcd.ts';
import type { Instance } from '../instance.ts';
import { type MembershipFacts, planMembership } from '../membership.ts';
import { type EtcdIds, idsOfData } from '../wal.ts';
import { withBucket } from './aws.ts';
import { isMarked, note, type Step } from './step.ts';

/** This controller's place among the members of etcd, settled before the kubelet starts in this boot. */
export const etcd: Step = async (instance) => {
  if (isMarked(instance, 'ready')) return;
  await withBucket(instance, async (bucket) => settle(instance, bucket));
};

async function settle(instance: Instance, bucket: ClusterBucket): Promise<void> {
  const { nodeName, hostName, config, volume, namedLoopback, surroundings } = instance;
  if (!config || !volume) throw new Error('no etcd volume is mounted');
  const controllers = config.controllers.map((controller) => controller.nodeName);
  const data = readData(instance, volume);
  const answering = await reachableMember(instance);
  const peerUrl = `https://${namedLoopback}:2380`;
  const facts: MembershipFacts = {
    name: nodeName,
    peerUrl,
    volumeId: config.etcdVolumeId ?? '',
    first: nodeName === controllers[0],
    data,
    answer: answering && { cluster: answering.clusterId, members: answering.members },
    ...(answering ? {} : await records(bucket, nodeName, controllers, data !== undefined)),
  };
  const plan = planMembership(facts);
  instance.log(`etcd membership: ${plan.action}`);
  if (plan.action === 'wait' || plan.action === 'refuse') throw new Error(plan.because);
  if ('aside' in plan && plan.aside) moveAside(instance, volume, plan.aside);
  const named = (name: string) => `${name}=https://${name}.${config.domain}:2380`;
  let initialCluster = controllers.map(named).join(',');
  if (answering) {
    const { endpoint } = answering;
    if (plan.action === 'update')
      await asked(`etcd member ${plan.id} can't be updated`, surroundings.etcd.update(endpoint, plan.id, peerUrl));
    if (plan.action === 'replace') {
      instance.log(`member ${plan.id} has lost its data: removing it`);
      await asked(`etcd member ${plan.id} can't be removed`, surroundings.etcd.remove(endpoint, plan.id));
    }
    if (plan.action === 'replace' || plan.action === 'add') {
      instance.log(`joining the etcd cluster ${answering.clusterId}`);
      await asked("etcd doesn't take a new member now", surroundings.etcd.add(endpoint, nodeName, peerUrl));
    }
    const { members } = await surroundings.etcd.members(endpoint);
    initialCluster = members.map((member) => `${nameOf(member, instance)}=${urlOf(member, instance)}`).join(',');
  }
  if (plan.action === 'found') {
    await found(instance, bucket);
    initialCluster = named(nodeName);
  }
  const others = controllers.filter((name) => name !== nodeName).map((name) => `https://${name}.${config.domain}:2379`);
  note(instance, {
    ETCD_CLUSTER_STATE: plan.action === 'found' ? 'new' : 'existing',
    ETCD_INITIAL_CLUSTER: initialCluster,
    ETCD_SERVERS: [`https://${instance.machine.privateIp}:2379`, ...others].join(','),
  });
  instance.log(`etcd starts as ${hostName}, its cluster is ${initialCluster}`);
}

/** What etcdctl says in the end is enough. */
async function asked(refused: string, call: Promise<void>): Promise<void> {
  try {
    await call;
  } catch (error) {
    const output = error instanceof CommandError ? error.output : (error as Error).message;
    throw new Error(`${refused}: ${/^Error: (.*)$/m.exec(output)?.[1] ?? output.trim().split('\n').at(-1)}`);
  }
}

function readData(instance: Instance, volume: string): EtcdIds | undefined {
  let ids: EtcdIds | undefined;
  try {
    ids = idsOfData(volume);
  } catch (error) {
    throw new Error(
      `the etcd data on volume ${instance.config?.etcdVolumeId} can't be read (${(error as Error).message}): nothing was touched`,
    );
  }
  // A first start that was cut off before anything was written.
  if (!ids && existsSync(join(volume, 'member'))) moveAside(instance, volume, 'nothing was written to it');
  return ids;
}

/** What is on the volume is kept, under a name that etcd doesn't look at. */
function moveAside(instance: Instance, volume: string, why: string): void {
  const kept = `member.stale-${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')}`;
  instance.log(`moving this volume's etcd data to ${kept}: ${why}`);
  renameSync(join(volume, 'member'), join(volume, kept));
}

interface Answering {
  endpoint: string;
  clusterId: string;
  members: EtcdMember[];
}

/** Another controller's member that answers as part of a quorum, asked for by the controllers' names. */
async function reachableMember({ config, nodeName, surroundings, power }: Instance): Promise<Answering | undefined> {
  for (const other of config?.controllers ?? []) {
    power.signal.throwIfAborted();
    const host = surroundings.nameAddress(`${other.nodeName}.${config?.domain}`);
    if (other.nodeName === nodeName || !(await listens(host, 2379))) continue;
    const endpoint = `https://${host}:2379`;
    try {
      return { endpoint, ...(await surroundings.etcd.members(endpoint)) };
    } catch {
      // No quorum there now; another may know more.
    }
  }
  return undefined;
}

/** etcdctl takes seconds to find out that nobody is there. */
function listens(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2_000 });
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
    socket.once('timeout', () => done(false));
  });
}

/** What the bucket records, for when no member answers. */
async function records(
  bucket: ClusterBucket,
  name: string,
  controllers: string[],
  hasData: boolean,
): Promise<Pick<MembershipFacts, 'recorded' | 'foundedOn' | 'recordedMembers'>> {
  if (hasData) {
    try {
      const [cluster = '', member = ''] = (await bucket.read(`etcd/members/${name}`))?.trim().split(' ') ?? [];
      return cluster ? { recorded: { cluster, member } } : {};
    } catch {
      // The volume's own word has to do: it starts nothing new.
      return { recorded: 'unreadable' };
    }
  }
  const [, foundedOn] = (await bucket.read('etcd/founded'))?.trim().split(' ') ?? [];
  const present = await Promise.all(
    controllers.map(async (other) => [other, await bucket.read(`etcd/members/${other}`)]),
  );
  return { foundedOn, recordedMembers: present.flatMap(([other, record]) => (record && other ? [other] : [])) };
}

/** Only once: where another was faster, the next pass sees whose record is there. */
async function found({ nodeName, config }: Instance, bucket: ClusterBucket): Promise<void> {
  const record = `${nodeName} ${config?.etcdVolumeId}`;
  if (!(await bucket.create('etcd/founded', `${record}\n`)) && (await bucket.read('etcd/founded'))?.trim() !== record)
    throw new Error('another controller has founded this cluster meanwhile');
}

/** One that was announced and hasn't started yet has no name but that of its URL. */
function nameOf(member: EtcdMember, instance: Instance): string {
  return member.name || (controllerAt(member, instance)?.nodeName ?? member.id);
}

/** Its peer URL by name, as machines have it. */
function urlOf(member: EtcdMember, instance: Instance): string {
  const controller = controllerAt(member, instance);
  return controller ? `https://${controller.nodeName}.${instance.config?.domain}:2380` : (member.peerUrls[0] ?? '');
}

function controllerAt({ peerUrls }: EtcdMember, { config, surroundings }: Instance) {
  return config?.controllers.find(({ nodeName }) =>
    peerUrls.includes(`https://${surroundings.nameAddress(`${nodeName}.${config.domain}`)}:2380`),
  );
}
