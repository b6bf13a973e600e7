import { createHash, randomBytes } from 'node:crypto';
import type { AwsError } from './errors.ts';
import type { MachineHost } from './machine.ts';
import type { Bucket, Key } from './storage.ts';

export interface Image {
  id: string;
  name: string;
  ownerId: string;
  creationDate: string;
}

export interface Vpc {
  id: string;
  cidr: string;
}

export interface Subnet {
  id: string;
  vpcId: string;
  cidr: string;
  zone: string;
  /** Host part of the address given out last, so that addresses are not reused at once. */
  lastHost: number;
}

export type InstanceState = 'pending' | 'running' | 'shutting-down' | 'terminated';
export type LifecycleState = 'Pending' | 'InService' | 'Terminating';

export interface Instance {
  id: string;
  state: InstanceState;
  imageId: string;
  instanceType: string;
  privateIp: string;
  subnetId: string;
  zone: string;
  launchTime: Date;
  tags: Record<string, string>;
  launchTemplate?: { id: string; name: string; version: number };
  group?: string;
  /** Only while it is in its group. */
  lifecycleState?: LifecycleState;
  protectedFromScaleIn: boolean;
}

export interface Volume {
  id: string;
  zone: string;
  /** GiB. */
  size: number;
  type: string;
  encrypted: boolean;
  createTime: Date;
  tags: Record<string, string>;
  attachment?: Attachment;
}

/** EC2 takes the request at once; the machine sees the device a moment later. */
export interface Attachment {
  instanceId: string;
  device: string;
  attachTime: Date;
  state: 'attaching' | 'attached';
}

/** Launch template data in the shape of the EC2 API (`ImageId`, `UserData` in base64, ...). */
export interface LaunchTemplateData {
  ImageId?: string;
  InstanceType?: string;
  UserData?: string;
  SecurityGroupIds?: string[];
  TagSpecifications?: { ResourceType: string; Tags: { Key: string; Value: string }[] }[];
  [field: string]: unknown;
}

export interface LaunchTemplate {
  id: string;
  name: string;
  createTime: Date;
  tags: Record<string, string>;
  defaultVersion: number;
  /** Version n is at index n-1. */
  versions: { data: LaunchTemplateData; createTime: Date; description?: string }[];
}

export interface Activity {
  id: string;
  description: string;
  cause: string;
  start: Date;
  end?: Date;
  status: 'InProgress' | 'Successful' | 'Failed' | 'Cancelled';
  message?: string;
}

export interface Group {
  name: string;
  arn: string;
  createdTime: Date;
  min: number;
  max: number;
  desired: number;
  /** `version` as given: `$Latest`, `$Default` or a number. */
  launchTemplate: { id: string; version: string };
  subnetIds: string[];
  tags: { key: string; value: string; propagate: boolean }[];
  protectNewInstances: boolean;
  terminationPolicies: string[];
  suspended: Set<string>;
  healthCheckType: string;
  /** Seconds. */
  healthCheckGracePeriod: number;
  defaultCooldown: number;
  /** Newest first. */
  activities: Activity[];
  deleting: boolean;
  /** No launch before this time (ms since epoch): backing off after a failed one. */
  retryAt: number;
}

export interface HostedZone {
  id: string;
  /** With its final dot. */
  name: string;
  comment: string;
  /** By `<name> <type>`. */
  records: Map<string, DnsRecord>;
}

export interface DnsRecord {
  /** Lower case, with its final dot. */
  name: string;
  type: string;
  /** Seconds. */
  ttl: number;
  values: string[];
  /** From when on resolvers get it (ms since epoch): a change takes a moment to reach Route 53's servers. */
  servedFrom: number;
  /** What resolvers get until then. */
  before?: DnsRecord;
}

export interface DnsChange {
  id: string;
  submittedAt: Date;
  /** When it is INSYNC (ms since epoch). */
  syncedAt: number;
}

/** A role that somebody took on. */
export interface RoleSession {
  arn: string;
  userId: string;
  token: string;
  /** Absent: the keys are renewed before they expire, as an instance's are. */
  expires?: Date;
}

/** Milliseconds that things take in the simulated account; far less than in AWS, but not nothing, so that callers must wait. */
export interface Delays {
  /** Pending to InService. */
  launch: number;
  /** Shutting down to terminated. */
  terminate: number;
  /** Before a group looks at itself again after a change. */
  reconcile: number;
  /** Before a group tries again after a failed launch. */
  retry: number;
  /** Until a volume that was asked for is there. */
  attach: number;
  /** Until a changed record is served. */
  dns: number;
}

const defaultDelays: Delays = { launch: 400, terminate: 300, reconcile: 50, retry: 2000, attach: 150, dns: 200 };

/** Asked before every call to the account's APIs: what AWS is to answer instead, e.g. `s3:GetObject` of a key. */
export type Refuse = (operation: string, resource: string) => AwsError | undefined;

/** Asked for every call: milliseconds until its request is there, and its answer back, being of so many bytes. */
export type Slow = (way: 'request' | 'answer', operation: string, resource: string, bytes: number) => number;

export interface AccountOptions {
  host: MachineHost;
  region: string;
  images: Image[];
  log(line: string): void;
  delays?: Partial<Delays>;
  refuse?: Refuse;
  slow?: Slow;
}

/** The state of one simulated AWS account in one region. Everything that acts on it is a function in a file of its own. */
export class Account {
  readonly id = '111122223333';
  readonly partition = 'aws';
  readonly region: string;
  readonly host: MachineHost;
  readonly delays: Delays;
  readonly log: (line: string) => void;
  readonly refuse: Refuse;
  readonly slow: Slow;
  readonly images = new Map<string, Image>();
  readonly vpcs = new Map<string, Vpc>();
  readonly subnets = new Map<string, Subnet>();
  readonly instances = new Map<string, Instance>();
  readonly volumes = new Map<string, Volume>();
  readonly launchTemplates = new Map<string, LaunchTemplate>();
  readonly groups = new Map<string, Group>();
  readonly buckets = new Map<string, Bucket>();
  readonly keys = new Map<string, Key>();
  /** Ids of keys by alias, `alias/...`. */
  readonly keyAliases = new Map<string, string>();
  readonly hostedZones = new Map<string, HostedZone>();
  readonly dnsChanges = new Map<string, DnsChange>();
  /** Roles that were taken on, by access key. */
  readonly sessions = new Map<string, RoleSession>();
  /** Resources that are only remembered: properties by id by Pulumi type token. */
  readonly resources = new Map<string, Map<string, Record<string, unknown>>>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private stopped = false;

  constructor(options: AccountOptions) {
    this.region = options.region;
    this.host = options.host;
    this.log = options.log;
    this.refuse = options.refuse ?? (() => undefined);
    this.slow = options.slow ?? (() => 0);
    this.delays = { ...defaultDelays, ...options.delays };
    for (const image of options.images) this.images.set(image.id, image);
  }

  get zones(): string[] {
    return ['a', 'b', 'c'].map((letter) => this.region + letter);
  }

  arn(service: string, resource: string, scope: { region?: boolean; account?: boolean } = {}): string {
    const region = scope.region === false ? '' : this.region;
    const account = scope.account === false ? '' : this.id;
    return `arn:${this.partition}:${service}:${region}:${account}:${resource}`;
  }

  /** Runs `task` after `ms`, unless the account was stopped by then; a rejection is logged. */
  later(ms: number, task: () => void | Promise<void>): void {
    if (this.stopped) return;
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      Promise.resolve()
        .then(task)
        .catch((error: unknown) => this.log(`${error instanceof Error ? (error.stack ?? error.message) : error}`));
    }, ms);
    this.timers.add(timer);
  }

  stop(): void {
    this.stopped = true;
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }
}

/** `i` → `i-0123456789abcdef0`, as EC2 makes them. */
export function newId(prefix: string): string {
  return `${prefix}-0${randomBytes(8).toString('hex')}`;
}

/** The same id for the same name, so that image ids are the same in every sandbox. */
export function stableId(prefix: string, name: string): string {
  return `${prefix}-0${createHash('sha256').update(name).digest('hex').slice(0, 16)}`;
}
