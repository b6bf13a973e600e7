import { UserError } from '../errors/index.ts';

/** Something that goes wrong on demand. */
export type Fault =
  /** Pods of that namespace and name prefix wait with that reason instead of running, e.g. `CrashLoopBackOff`. */
  | { kind: 'pod'; namespace: string; name: string; reason: string; node?: string }
  /** Machines don't boot: they stay without a node until the fault is cleared and a new one starts. */
  | { kind: 'boot-failure'; match: string }
  /** Machines boot that many seconds later. */
  | { kind: 'slow-boot'; match: string; seconds: number }
  /** A control plane process is killed and held down on the machines that match. */
  | { kind: 'process-down'; match: string; component: string }
  /**
   * AWS refuses calls, for whoever makes them: operations like `s3:GetObject` or `ec2:*`, on resources whose name contains
   * `resource` (key, volume, instance, zone; absent: all).
   */
  | { kind: 'aws'; operation: string; error: AwsRefusal; resource?: string }
  /** Calls to AWS wait, and share a line. */
  | SlowAws;

/** Calls as `aws` faults name them. */
export interface SlowAws {
  kind: 'slow-aws';
  operation: string;
  resource?: string;
  /** Milliseconds that each call waits, however many round trips it would really take. Absent: none. */
  delay?: number;
  /** Mbit/s that all of these calls share, in each direction; absent: no limit. */
  bandwidth?: number;
}

const refusals = ['denied', 'throttled', 'unavailable', 'expired'] as const;
/** How AWS refuses: a lack of permission, too many calls, an error of its own, credentials that have run out. */
export type AwsRefusal = (typeof refusals)[number];

export type AddedFault = Fault & { id: string };

const faultKinds = ['pod', 'boot-failure', 'slow-boot', 'process-down', 'aws', 'slow-aws'] as const;

/** What a machine is matched by: any of node name, instance id, zone, role, worker group; `*` matches all. */
export interface MachineNames {
  instanceId: string;
  nodeName: string;
  zone: string;
  role?: string;
  group?: string;
}

/** Faults in force; whoever acts them out asks, and is told when they change. */
export class FaultStore {
  private faults: AddedFault[] = [];
  private listeners: (() => void)[] = [];
  private last = 0;
  /** When the line of a slow fault is free again, in each direction, by `<fault> <direction>`. */
  private freeFrom = new Map<string, number>();

  list(): AddedFault[] {
    return [...this.faults];
  }

  add(fault: Fault): AddedFault {
    const added = { ...fault, id: `${fault.kind}-${++this.last}` };
    this.faults.push(added);
    this.changed();
    return added;
  }

  /** Clears the fault of that id, or all; returns what was cleared. */
  clear(id?: string): AddedFault[] {
    const cleared = this.faults.filter((fault) => id === undefined || fault.id === id);
    this.faults = this.faults.filter((fault) => !cleared.includes(fault));
    this.changed();
    return cleared;
  }

  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** Reason that a fault makes a pod wait with. */
  waitingReason(pod: { namespace: string; name: string; node?: string }): string | undefined {
    for (const fault of this.faults) {
      if (fault.kind !== 'pod' || fault.namespace !== pod.namespace || !pod.name.startsWith(fault.name)) continue;
      if (!fault.node || fault.node === pod.node) return fault.reason;
    }
    return undefined;
  }

  /** Faults of one kind that a machine has. */
  ofMachine<K extends 'boot-failure' | 'slow-boot' | 'process-down'>(
    kind: K,
    machine: MachineNames,
  ): (AddedFault & { kind: K })[] {
    const names = Object.values(machine);
    return this.faults.filter(
      (fault): fault is AddedFault & { kind: K } =>
        fault.kind === kind && 'match' in fault && (fault.match === '*' || names.includes(fault.match)),
    );
  }

  /** How a fault makes AWS refuse a call. @param operation e.g. `s3:GetObject` */
  awsRefusal(operation: string, resource: string): AwsRefusal | undefined {
    return this.ofCall('aws', operation, resource)[0]?.error;
  }

  /**
   * Milliseconds that faults make a call to AWS wait: until its request of so many bytes is there, or its answer is back. The bytes
   * follow those of the calls before it on the same line.
   */
  awsWait(way: 'request' | 'answer', operation: string, resource: string, bytes: number): number {
    const now = performance.now();
    return this.ofCall('slow-aws', operation, resource).reduce((longest, { id, delay = 0, bandwidth }) => {
      const line = `${id} ${way}`;
      const seconds = bandwidth === undefined ? 0 : (bytes * 8) / (bandwidth * 1_000_000);
      const through = Math.max(now, this.freeFrom.get(line) ?? 0) + seconds * 1000;
      this.freeFrom.set(line, through);
      return Math.max(longest, through - now + (way === 'request' ? delay : 0));
    }, 0);
  }

  /** Faults of one kind that a call to AWS has. */
  private ofCall<K extends 'aws' | 'slow-aws'>(kind: K, operation: string, resource: string) {
    return this.faults.filter((fault): fault is AddedFault & { kind: K } => {
      if (fault.kind !== kind || !('operation' in fault) || !resource.includes(fault.resource ?? '')) return false;
      const pattern = fault.operation.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
      return new RegExp(`^${pattern}$`).test(operation);
    });
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}

/** Checks a fault that came from outside. @throws UserError saying what is missing. */
export function parseFault(input: Record<string, unknown>): Fault {
  const text = (key: string): string => {
    const value = input[key];
    if (typeof value !== 'string' || !value) {
      throw new UserError(`a ${String(input.kind)} fault needs \`${key}\``, {
        fix: 'see kubezero sandbox fault add --help',
      });
    }
    return value;
  };
  const positive = (key: string): Record<string, number> => {
    const value = input[key];
    if (value === undefined) return {};
    if (typeof value === 'number' && value > 0) return { [key]: value };
    throw new UserError(`\`${key}\` of a ${String(input.kind)} fault is "${String(value)}"`, {
      fix: 'a number above 0',
    });
  };
  const resource = () => (typeof input.resource === 'string' ? { resource: input.resource } : {});
  const match = () => (typeof input.match === 'string' && input.match ? input.match : '*');
  switch (input.kind) {
    case 'pod':
      return {
        kind: 'pod',
        namespace: text('namespace'),
        name: text('name'),
        reason: typeof input.reason === 'string' ? input.reason : 'CrashLoopBackOff',
        ...(typeof input.node === 'string' ? { node: input.node } : {}),
      };
    case 'boot-failure':
      return { kind: 'boot-failure', match: match() };
    case 'slow-boot':
      return { kind: 'slow-boot', match: match(), seconds: Number(input.seconds ?? 30) };
    case 'aws': {
      const error = refusals.find((refusal) => refusal === (input.error ?? 'unavailable'));
      if (!error)
        throw new UserError(`AWS can't refuse with "${String(input.error)}"`, { fix: `one of ${refusals.join(', ')}` });
      return { kind: 'aws', operation: text('operation'), error, ...resource() };
    }
    case 'slow-aws':
      if (input.delay === undefined && input.bandwidth === undefined) text('delay` or `bandwidth');
      return {
        kind: 'slow-aws',
        operation: text('operation'),
        ...resource(),
        ...positive('delay'),
        ...positive('bandwidth'),
      };
    case 'process-down':
      return { kind: 'process-down', match: match(), component: text('component') };
    default:
      throw new UserError(`unknown kind of fault: ${String(input.kind)}`, { fix: `one of ${faultKinds.join(', ')}` });
  }
}
