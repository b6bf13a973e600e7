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

  async add(endpoint: string, name: string, peerUrl: string): Promise<void> {
    await this.etcdctl(endpoint, ['member', 'add', name, `--peer-urls=${peerUrl}`]);
  }

  async update(endpoint: string, id: string, peerUrl: string): Promise<void> {
    await this.etcdctl(endpoint, ['member', 'update', id, `--peer-urls=${peerUrl}`]);
  }

  async remove(endpoint: string, id: string): Promise<void> {
    await this.etcdctl(endpoint, ['member', 'remove', id]);
  }

  /** Takes a snapshot and lets etcdutl check it; returns its revision and size. */
  async snapshot(endpoint: string, file: string): Promise<{ revision: number; totalSize: number; hash: number }> {
    await this.etcdctl(endpoint, ['snapshot', 'save', file], 30);
    const { stdout } = await run(this.tools('etcdutl'), ['snapshot', 'status', file, '-w', 'json']);
    return JSON.parse(stdout);
  }
}
