import { join } from 'node:path';
import type { Machine } from '../aws/machine.ts';
import type { SandboxDirectory } from '../directory.ts';
import type { FaultStore } from '../faults.ts';
import type { ApiProxy } from '../kubernetes/api-proxy.ts';
import type { KubeClient } from '../kubernetes/client.ts';
import type { ToolPath } from '../tools.ts';
import { type Localization, loopbackOf } from './addresses.ts';
import type { NodeConfig } from './cloud-config.ts';
import type { EtcdClient } from './etcd.ts';
import type { Kubeadm } from './kubeadm.ts';
import type { Kubelet } from './kubelet.ts';
import type { SerialLock } from './serial-lock.ts';

/** What machines are run with; one for the whole sandbox. */
export interface Surroundings {
  number: number;
  directory: SandboxDirectory;
  tools: ToolPath;
  argocd: () => Promise<string>;
  kubeadm: Kubeadm;
  etcd: EtcdClient;
  proxy: ApiProxy;
  client: KubeClient;
  faults: FaultStore;
  aws: { endpointUrl: string; region: string };
  /** Instances that are up, by id. */
  instances: Map<string, Instance>;
  /** etcd refuses a second member that hasn't started yet: joining controllers take turns. */
  etcdJoin: SerialLock;
  /** Flags that connect an API server to the sandbox (egress selector), by component. */
  flags(component: string): Record<string, string>;
  log(line: string): void;
}

export type InstanceState = 'booting' | 'running' | 'failed' | 'terminated';

/** A machine: its root directory, its processes, and how far it has booted. */
export class Instance {
  state: InstanceState = 'booting';
  error?: string;
  config?: NodeConfig;
  kubelet?: Kubelet;
  /** Directory of the attached etcd volume, once it is mounted. */
  volume?: string;
  /** Lets the next controller join; called once this one's etcd member is ready. */
  onEtcdReady?: () => void;
  /** Ended when the machine is powered off: whatever waits, stops waiting. */
  readonly power = new AbortController();
  readonly root: string;
  readonly loopback: string;
  /** Values of this machine for the placeholders in its configuration. */
  readonly placeholders: Record<string, string> = {};

  constructor(
    readonly machine: Machine,
    readonly surroundings: Surroundings,
  ) {
    this.root = join(surroundings.directory.instances, machine.instanceId);
    this.loopback = loopbackOf(machine.privateIp, surroundings.number);
  }

  get nodeName(): string {
    return (
      this.config?.nodeName ??
      privateDnsName(this.machine.privateIp, this.config?.region ?? this.surroundings.aws.region)
    );
  }

  get providerId(): string {
    return `aws:///${this.machine.zone}/${this.machine.instanceId}`;
  }

  get isController(): boolean {
    return this.config?.role === 'controller';
  }

  /** Major and minor of its kubelet, e.g. `1.21`. */
  get kubeletMinor(): string {
    return (this.config?.kubernetesVersion ?? '').split('.').slice(0, 2).join('.');
  }

  localization(): Localization {
    const addresses = new Map<string, string>();
    for (const { machine, loopback, config } of this.surroundings.instances.values()) {
      addresses.set(machine.privateIp, loopback);
      if (config?.nodeName) {
        addresses.set(config.nodeName, loopback);
        if (config.domain) addresses.set(`${config.nodeName}.${config.domain}`, loopback);
      }
    }
    return {
      own: this.loopback,
      addresses,
      directories: [...(this.volume ? [['/var/lib/etcd', this.volume] as [string, string]] : []), ['/', this.root]],
    };
  }

  log(line: string): void {
    this.surroundings.log(`${this.machine.instanceId} ${this.nodeName}: ${line}`);
  }
}

export function privateDnsName(privateIp: string, region: string): string {
  const host = `ip-${privateIp.replaceAll('.', '-')}`;
  return region === 'us-east-1' ? `${host}.ec2.internal` : `${host}.${region}.compute.internal`;
}
