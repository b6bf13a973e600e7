import { join } from 'node:path';
import { run } from '../processes.ts';
import type { ToolPath } from '../tools.ts';

export interface EtcdMember {
  /** Hexadecimal, as `etcdctl member list` prints it. */
  id: string;
  /** Empty for a member that was added and hasn't started yet. */
  name: string;
  peerUrls: string[];
}

/** What a member says of itself, whether there is a quorum or not; ids in hexadecimal. */
export interface EtcdStatus {
  clusterId: string;
  memberId: string;
  /** Follows the others without a vote. */
  isLearner: boolean;
}

/** The cluster's members through the real etcdctl, over whichever of the endpoints answers. */
export class EtcdClient {
  constructor(
    private tools: ToolPath,
    /** Directory with etcd/ca.crt and etcd-client.{crt,key}. */
    private pki: string,
  ) {}

  private async etcdctl(endpoint: string, args: string[], timeoutSeconds = 5): Promise<string> {
    const { stdout } = await run(
      this.tools('etcdctl'),
      [
        `--endpoints=${endpoint}`,
        `--cacert=${join(this.pki, 'etcd/ca.crt')}`,
        `--cert=${join(this.pki, 'etcd-client.crt')}`,
        `--key=${join(this.pki, 'etcd-client.key')}`,
        `--command-timeout=${timeoutSeconds}s`,
        `--dial-timeout=2s`,
        ...args,
      ],
      { env: { ETCDCTL_API: '3' }, timeoutSeconds: timeoutSeconds + 5 },
    );
    return stdout;
  }

  /** Cluster id and members; linearizable, so it takes a quorum. */
  async members(endpoint: string): Promise<{ clusterId: string; members: EtcdMember[] }> {
    const output = await this.etcdctl(endpoint, ['member', 'list', '-w', 'json', '--hex']);
    const list = JSON.parse(output) as {
      header: { cluster_id: string };
      members: { ID: string; name?: string; peerURLs?: string[] }[];
    };
    return {
      clusterId: String(list.header.cluster_id),
      members: list.members.map(({ ID, name = '', peerURLs = [] }) => ({ id: String(ID), name, peerUrls: peerURLs })),
    };
  }

  /** @throws CommandError where nobody answers. */
  async status(endpoint: string): Promise<EtcdStatus> {
    const output = await this.etcdctl(endpoint, ['endpoint', 'status', '-w', 'fields']);
    const value = (name: string) => new RegExp(`^"${name}" : (.*)$`, 'm').exec(output)?.[1] ?? '';
    // Decimal there, and larger than a number can hold.
    const hex = (name: string) => BigInt(value(name)).toString(16);
    return { clusterId: hex('ClusterID'), memberId: hex('MemberID'), isLearner: value('IsLearner') === 'true' };
  }

  /** As a learner: it gets a vote by {@link promote}, once it has caught up. */
  async add(endpoint: string, name: string, peerUrl: string): Promise<void> {
    await this.etcdctl(endpoint, ['member', 'add', name, '--learner', `--peer-urls=${peerUrl}`]);
  }

  async promote(endpoint: string, id: string): Promise<void> {
    await this.etcdctl(endpoint, ['member', 'promote', id]);
  }

  async update(endpoint: string, id: string, peerUrl: string): Promise<void> {
    await this.etcdctl(endpoint, ['member', 'update', id, `--peer-urls=${peerUrl}`]);
  }

  async remove(endpoint: string, id: string): Promise<void> {
    await this.etcdctl(endpoint, ['member', 'remove', id]);
  }
}
