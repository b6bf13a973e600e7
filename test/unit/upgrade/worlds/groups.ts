import type { Clock } from './time.ts';

/** An instance, as the account has it. */
export interface Machine {
  id: string;
  group: string;
  zone: string;
  version: number;
  state: 'Pending' | 'InService' | 'Terminating' | 'Terminated';
  protected: boolean;
}

/** An Auto Scaling group. `templateVersion` is what `$Latest` is at. */
export interface GroupState {
  name: string;
  zones: string[];
  min: number;
  max: number;
  desired: number;
  templateVersion: number;
  suspended: Set<string>;
}

/** What happens to machines, for whoever lives on them. */
export interface MachineEvents {
  /** It has booted and its kubelet registers. */
  joined(machine: Machine): void;
  /** It is switched off, asked for by name or because its group scales in. */
  stopped(machine: Machine, why: 'terminated' | 'scaled in' | 'failed'): void;
  /** It isn't in its group any more. */
  gone(machine: Machine): void;
}

/** Seconds that things take in an account: less than they do. A new machine is there later than the API has noticed that the old one is off. */
export const seconds = { launch: 2, boot: 12, shutdown: 3 };

/** Auto Scaling groups and their machines: each group keeps `desired` machines of its newest template, whatever happens. */
export class Groups {
  readonly groups = new Map<string, GroupState>();
  readonly machines = new Map<string, Machine>();
  readonly #clock: Clock;
  readonly #events: MachineEvents;
  readonly #launching = new Map<string, number>();
  #count = 0;

  constructor(clock: Clock, events: MachineEvents) {
    this.#clock = clock;
    this.#events = events;
  }

  /** A group with its machines in service, of the template version that is its newest. */
  add(group: Omit<GroupState, 'suspended'> & { suspended?: string[] }): void {
    this.groups.set(group.name, { ...group, suspended: new Set(group.suspended) });
    for (let i = 0; i < group.desired; i++) {
      const machine = this.#create(this.get(group.name));
      machine.state = 'InService';
      this.#events.joined(machine);
    }
  }

  get(name: string): GroupState {
    const group = this.groups.get(name);
    if (!group) throw new Error(`no group ${name}`);
    return group;
  }

  /** Machines that the group lists: those that are shutting down as well. */
  members(name: string): Machine[] {
    return [...this.machines.values()].filter(({ group, state }) => group === name && state !== 'Terminated');
  }

  /** Machines that run or are about to. */
  live(name: string): Machine[] {
    return this.members(name).filter(isLive);
  }

  /** UpdateAutoScalingGroup. @throws where AWS would refuse the sizes */
  resize(name: string, sizes: Partial<Pick<GroupState, 'min' | 'max' | 'desired'>>): void {
    const group = this.get(name);
    const next = { min: group.min, max: group.max, desired: group.desired, ...sizes };
    // As AWS does where only the bounds are said.
    if (sizes.desired === undefined) next.desired = Math.min(Math.max(next.desired, next.min), next.max);
    if (next.desired < next.min || next.desired > next.max)
      throw new Error(`ValidationError: desired ${next.desired} isn't between ${next.min} and ${next.max} of ${name}`);
    Object.assign(group, next);
    this.reconcile(name);
  }

  stop(id: string, why: 'terminated' | 'scaled in' | 'failed'): void {
    const machine = this.machines.get(id)!;
    machine.state = 'Terminating';
    this.#events.stopped(machine, why);
    this.#clock.after(seconds.shutdown, () => {
      machine.state = 'Terminated';
      this.#events.gone(machine);
    });
    this.reconcile(machine.group);
  }

  /** What the group's own processes do: launch what is missing, scale in what is too much. */
  reconcile(name: string): void {
    const group = this.get(name);
    const excess = this.live(name).length + (this.#launching.get(name) ?? 0) - group.desired;
    for (let i = 0; i < -excess && !group.suspended.has('Launch'); i++) {
      this.#launching.set(name, (this.#launching.get(name) ?? 0) + 1);
      this.#clock.after(seconds.launch, () => this.#launch(name));
    }
    if (excess <= 0 || group.suspended.has('Terminate')) return;
    // OldestLaunchTemplate, OldestInstance; never one that is protected.
    const victims = this.live(name)
      .filter((machine) => !machine.protected)
      .sort((one, other) => one.version - other.version);
    for (const { id } of victims.slice(0, excess)) this.stop(id, 'scaled in');
  }

  #launch(name: string): void {
    this.#launching.set(name, this.#launching.get(name)! - 1);
    const group = this.get(name);
    // It was scaled in meanwhile.
    if (this.live(name).length >= group.desired) return;
    const machine = this.#create(group);
    this.#clock.after(seconds.boot, () => {
      if (!isLive(machine)) return;
      machine.state = 'InService';
      this.#events.joined(machine);
    });
  }

  #create({ name, zones, templateVersion: version }: GroupState): Machine {
    const id = `i-${String(++this.#count).padStart(4, '0')}`;
    const perZone = (zone: string) => this.live(name).filter((machine) => machine.zone === zone).length;
    const zone = [...zones].sort((one, other) => perZone(one) - perZone(other))[0]!;
    const machine: Machine = { id, group: name, zone, version, state: 'Pending', protected: false };
    this.machines.set(id, machine);
    return machine;
  }
}

export function isLive({ state }: Machine): boolean {
  return state === 'Pending' || state === 'InService';
}
