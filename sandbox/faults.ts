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
  | { kind: 'aws'; operation: string; error: AwsRefusal; resource?: string };

const refusals = ['denied', 'throttled', 'unavailable', 'expired'] as const;
/** How AWS refuses: a lack of permission, too many calls, an error of its own, credentials that have run out. */
export type AwsRefusal = (typeof refusals)[number];

export type AddedFault = Fault & { id: string };

const faultKinds = ['pod', 'boot-failure', 'slow-boot', 'process-down', 'aws'] as const;

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
    for (const fault of this.faults) {
      if (fault.kind !== 'aws' || !resource.includes(fault.resource ?? '')) continue;
      const pattern = fault.operation.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
      if (new RegExp(`^${pattern}$`).test(operation)) return fault.error;
    }
    return undefined;
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
      const resource = typeof input.resource === 'string' ? { resource: input.resource } : {};
      return { kind: 'aws', operation: text('operation'), error, ...resource };
    }
    case 'process-down':
      return { kind: 'process-down', match: match(), component: text('component') };
    default:
      throw new UserError(`unknown kind of fault: ${String(input.kind)}`, { fix: `one of ${faultKinds.join(', ')}` });
  }
}
