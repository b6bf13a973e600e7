import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { AwsState } from './aws/index.ts';
import type { AddedFault } from './faults.ts';
import type { EtcdMember } from './machines/etcd.ts';
import type { InstanceState, Surroundings } from './machines/instance.ts';

/** What stands for instances: processes and kwok (`simulated`), or machines that really boot (`real`). */
export type MachineKind = 'simulated' | 'real';

/** What `kubezero sandbox status` shows, and a rehearsal's record takes its facts from. */
export interface SandboxStatus {
  name: string;
  machines: MachineKind;
  number: number;
  pid: number;
  startedAt: string;
  env: Record<string, string>;
  /** As the real etcdctl lists it, ids in hexadecimal; all empty while there is no quorum. With each member's EBS volume. */
  etcd: { clusterId: string; members: (EtcdMember & { volumeId?: string })[] };
  /** Version that each controller's API server answers with; controllers whose API server doesn't answer are left out. */
  apiServers: Record<string, string>;
  instances: {
    instanceId: string;
    nodeName: string;
    role?: string;
    group?: string;
    state: InstanceState;
    error?: string;
    privateIp: string;
    /** Where its processes listen. */
    loopback: string;
    kubernetesVersion?: string;
    volumeId?: string;
    components: { component: string; version: string; ready: boolean; restarts: number; pid?: number }[];
  }[];
  /** Etcd data by volume id: `member` where there is any, and the machine it is mounted on. */
  volumes: Record<string, { member: boolean; instanceId?: string; nodeName?: string }>;
  faults: AddedFault[];
  /** Charts that are stand-ins of ours, not upstream's: directory names in the sandbox's chart directory. */
  standInCharts: string[];
  aws: AwsState;
}

/** The sandbox as `kubezero sandbox status` shows it. */
export async function describe(
  surroundings: Surroundings,
  facts: Pick<SandboxStatus, 'name' | 'machines' | 'startedAt' | 'env' | 'aws'>,
): Promise<SandboxStatus> {
  const instances = [...surroundings.instances.values()];
  const { directory } = surroundings;
  const volumes: SandboxStatus['volumes'] = {};
  for (const file of list(directory.volumes)) {
    // A real machine's is the image of a disk.
    const id = file.replace(/\.img$/, '');
    const holder = instances.find((instance) => instance.volume && instance.config?.etcdVolumeId === id);
    volumes[id] = {
      member: existsSync(join(holder?.volume ?? join(directory.volumes, file), 'member/wal')),
      instanceId: holder?.machine.instanceId,
      nodeName: holder?.nodeName,
    };
  }
  const apiServers = instances.flatMap((instance) => {
    const version = instance.components?.version('kube-apiserver');
    return version ? [[instance.nodeName, version] as const] : [];
  });
  return {
    ...facts,
    number: surroundings.number,
    pid: process.pid,
    etcd: await etcdOf(surroundings),
    apiServers: Object.fromEntries(apiServers),
    instances: instances.map(({ machine, config, components, nodeName, state, error, loopback }) => ({
      instanceId: machine.instanceId,
      nodeName,
      role: config?.role,
      group: config?.group,
      state,
      error,
      privateIp: machine.privateIp,
      loopback,
      kubernetesVersion: config?.kubernetesVersion,
      volumeId: config?.etcdVolumeId,
      components: components?.components() ?? [],
    })),
    volumes,
    faults: surroundings.faults.list(),
    standInCharts: list(directory.charts),
  };
}

async function etcdOf({ instances, etcd }: Surroundings): Promise<SandboxStatus['etcd']> {
  const all = [...instances.values()];
  for (const instance of all) {
    if (!instance.components?.isReady('etcd')) continue;
    try {
      const { clusterId, members } = await etcd.members(`https://${instance.loopback}:2379`);
      const volumeOf = (name: string) =>
        all.find((other) => other.isController && other.nodeName === name)?.config?.etcdVolumeId;
      return { clusterId, members: members.map((member) => ({ ...member, volumeId: volumeOf(member.name) })) };
    } catch {
      // Another member may see a quorum.
    }
  }
  return { clusterId: '', members: [] };
}

function list(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}
