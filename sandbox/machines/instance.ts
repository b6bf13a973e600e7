import { join } from 'node:path';
import type { Machine } from '../aws/machine.ts';
import type { SandboxDirectory } from '../directory.ts';
import type { FaultStore } from '../faults.ts';
import type { ApiProxy } from '../kubernetes/api-proxy.ts';
import type { ApiObject, KubeClient } from '../kubernetes/client.ts';
import type { ToolPath } from '../tools.ts';
import { type Localization, loopbackOf } from './addresses.ts';
import type { EtcdClient } from './etcd.ts';
import type { Kubeadm } from './kubeadm.ts';
import type { NodeConfig } from './node-config.ts';

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
  aws: {
    endpointUrl: string;
    region: string;
    /** What a resolver in the account's network gets for a name. */
    addressesOf(name: string): string[];
  };
  /** Instances that are up, by id. */
  instances: Map<string, Instance>;
  /** Address that stands for a controller's DNS name, the same for as long as the sandbox runs. */
  nameAddress(name: string): string;
  /** Flags that connect an API server to the sandbox (egress selector), by component. */
  flags(component: string): Record<string, string>;
  log(line: string): void;
}

/** `failed`: it will never boot, whatever is waited for. A step that fails is repeated, meanwhile it is `booting`. */
export type InstanceState = 'booting' | 'running' | 'failed' | 'terminated';

/** What is known of the static pods of a controller. */
export interface ComponentView {
  isReady(component: string): boolean;
  /** Of a component that answers; undefined while it doesn't. */
  version(component: string): string | undefined;
  components(): { component: string; version: string; ready: boolean; restarts: number; pid?: number }[];
}

/** The kubelet that the sandbox plays on a machine. */
export interface PlayedKubelet extends ComponentView {
  /** Runs the static pods and starts all others of the machine; registers the node as soon as the API takes it, once. */
  start(): Promise<void>;
  /** `service restart kubelet`: pods go on running, the node is registered again where it isn't there any more. */
  restart(): void;
  /** Makes the running processes those of the manifests: called after kubeadm wrote them, at first or again. */
  applyManifests(): Promise<void>;
  /** Kills a component's process and keeps it down until {@link release}. */
  hold(component: string): void;
  /** Lets a component that was held down start again; all of them unless told which. */
  release(except?: string[]): void;
  /**
   * A mirror pod is as given now (`undefined`: deleted). Where others have changed it, a kubelet shows it again: not least
   * the node lifecycle controller, which says of all pods on a node without network that they aren't ready.
   */
  mirrorChanged(name: string, mirror: ApiObject | undefined): void;
  /** Power-off: every process is killed at once. */
  powerOff(): Promise<void>;
}

/** A machine from one start to the next: its root directory, its processes, and how far it has booted. */
export class Instance {
  state: InstanceState = 'booting';
  /** What the boot program's state says while it isn't `running`: `<step>, attempt <n>: <message>`. */
  error?: string;
  config?: NodeConfig;
  /** The kubelet that the sandbox plays; a real machine has its own, of which only its pods are {@link observed}. */
  kubelet?: PlayedKubelet;
  observed?: ComponentView;
  /** Directory of the etcd volume, once it is mounted in this boot. */
  volume?: string;
  /** Resolves once nothing of its boot program runs any more. */
  ended?: Promise<void>;
  /** Ended when the machine is powered off: whatever waits, stops waiting. */
  readonly power = new AbortController();
  readonly root: string;
  /** Where its processes are reached: a loopback address, or a real machine's own. */
  loopback: string;
  /** Values of this machine for the placeholders in its configuration. */
  readonly placeholders: Record<string, string> = {};

  constructor(
    readonly machine: Machine,
    readonly surroundings: Surroundings,
  ) {
    this.root = join(surroundings.directory.instances, machine.instanceId);
    this.loopback = loopbackOf(machine.privateIp, surroundings.number);
  }

  get components(): ComponentView | undefined {
    return this.kubelet ?? this.observed;
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

  /** A controller's DNS name, which outlives the machine. */
  get hostName(): string {
    return `${this.nodeName}.${this.config?.domain ?? ''}`;
  }

  /** Loopback address that stands for that name. */
  get namedLoopback(): string | undefined {
    return this.isController ? this.surroundings.nameAddress(this.hostName) : undefined;
  }

  localization(): Localization {
    const { instances, nameAddress } = this.surroundings;
    const addresses = new Map<string, string>();
    for (const { machine, loopback } of instances.values()) addresses.set(machine.privateIp, loopback);
    for (const { nodeName } of this.config?.controllers ?? []) {
      const name = `${nodeName}.${this.config?.domain ?? ''}`;
      addresses.set(name, nameAddress(name));
    }
    return {
      own: this.loopback,
      named: this.namedLoopback,
      addresses,
      directories: [...(this.volume ? [['/var/lib/etcd', this.volume] as [string, string]] : []), ['/', this.root]],
    };
  }

  /** A file on the machine. */
  path(inside: string): string {
    return join(this.root, inside);
  }

  /** Its boot log. */
  readonly lines: string[] = [];

  log(line: string): void {
    this.lines.push(`${new Date().toISOString()} ${line}`);
    this.surroundings.log(`${this.machine.instanceId} ${this.nodeName}: ${line}`);
  }
}

export function privateDnsName(privateIp: string, region: string): string {
  const host = `ip-${privateIp.replaceAll('.', '-')}`;
  return region === 'us-east-1' ? `${host}.ec2.internal` : `${host}.${region}.compute.internal`;
}
