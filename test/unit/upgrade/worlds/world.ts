import type { UpgradeContext } from '../../../../automation/upgrade/context.ts';
import type { Environment } from '../../../../environment/environment.ts';
import { release as releaseOf } from '../../../../releases/index.ts';
import type { ReleaseId } from '../../../../releases/release.ts';
import { awsOf, type VolumeState } from './aws.ts';
import { clusterOf } from './cluster.ts';
import { type GitState, gitOf } from './git.ts';
import { Groups, type Machine } from './groups.ts';
import { Nodes, seconds, type Workload } from './nodes.ts';
import { Objects } from './objects.ts';
import { outputsOf } from './outputs.ts';
import type { Session } from './session.ts';
import { StackState, stacksOf } from './stacks.ts';
import { type Clock, newClock } from './time.ts';

export interface WorldOptions {
  /** How many there are, one in each zone (default: 3). */
  controllers?: number;
  /** Sizes of worker groups by name, as environment.yaml has them (default: `general` with two machines). */
  workers?: Record<string, { desired: number; min?: number; max?: number }>;
  workloads?: Workload[];
  /** The controllers' machines are of the new release already (default: no). */
  newControllers?: boolean;
}

const zoneNames = ['a', 'b', 'c', 'd', 'e'];

/**
 * An environment in memory: account, cluster, stacks and git, in time that passes only while somebody waits. It isn't
 * kinder than a real one: the API shows a machine that is off as Ready for a while, budgets refuse evictions, groups
 * keep their size by what they launch and what they terminate. What must never happen is noted in `harm`.
 */
export class World {
  readonly clock: Clock = newClock();
  readonly nodes = new Nodes(this.clock);
  readonly groups = new Groups(this.clock, {
    joined: (machine) => this.#joined(machine),
    stopped: (machine, why) => this.#stopped(machine, why),
    gone: (machine) => this.#gone(machine),
  });
  readonly objects = new Objects(this.clock, this.nodes, {
    podStarted: (pod) => this.podStarted(pod.spec!.nodeSelector!['kubernetes.io/hostname']!),
    jobStarted: () => this.jobStarted(),
  });
  readonly volumes = new Map<string, VolumeState>();
  readonly stacks: StackState;
  readonly git: GitState;
  /** What must never happen, in words; and which machines were terminated by name, in order. */
  readonly harm: string[] = [];
  readonly terminated: string[] = [];
  /** The newest backup in the bucket is this old, in seconds; undefined where there is none. */
  backupAt: number | undefined;
  /** Of the world's own files (default: there are none). */
  environment: Partial<Environment> | undefined;
  /** What else happens to the object that a step has created. */
  podStarted: (node: string) => void = () => undefined;
  jobStarted: () => void = () => undefined;

  constructor({
    controllers = 3,
    workers = { general: { desired: 2 } },
    workloads = [{ name: 'web', replicas: 2, minAvailable: 1 }],
    newControllers = false,
  }: WorldOptions = {}) {
    const zones = zoneNames.slice(0, controllers);
    const sizes = Object.fromEntries(
      Object.entries(workers).map(([name, { desired, min = 1, max = 2 * desired }]) => [name, { desired, min, max }]),
    );
    this.stacks = new StackState(outputsOf(zones, sizes), this.groups);
    for (const zone of zones) {
      this.volumes.set(`vol-${zone}`, { zone });
      this.#addGroup(`demo-controller-${zone}`, [zone], { desired: 1, min: 1, max: 1 }, newControllers ? 2 : 1);
    }
    for (const [name, size] of Object.entries(sizes)) this.#addGroup(`demo-${name}`, zoneNames.slice(0, 3), size);
    if (newControllers) this.raise('controllers');
    for (const workload of workloads) this.nodes.run(workload);
    this.git = {
      files: { application: 'application.yaml', configuration: { workers: 'workers', modules: 'modules' } as never },
      content: (file) => JSON.stringify(this.stacks.configuration[file]),
      committed: new Map(),
      commits: [],
      pushed: 0,
      problems: [],
    };
    this.clock.pass(seconds.start + 1);
  }

  /** A layer's launch templates are at the new release, the machines still of the old ones. */
  raise(layer: 'controllers' | 'workers'): this {
    const { controllers, workers } = this.stacks.outputs;
    const names =
      layer === 'controllers'
        ? Object.values(controllers.autoScalingGroups)
        : Object.values(workers.groups).map((group) => group.autoScalingGroup);
    for (const name of names) {
      this.groups.get(name).templateVersion = 2;
      this.stacks.recorded.get(name)!.release = '1.22';
    }
    this.stacks.outputs[layer].release = '1.22';
    if (layer === 'controllers')
      for (const template of Object.values(controllers.launchTemplates)) template.version = 2;
    else for (const group of Object.values(workers.groups)) group.launchTemplateVersion = 2;
    return this;
  }

  /** A machine fails; its group replaces it. */
  fail(id: string): void {
    this.groups.stop(id, 'failed');
  }

  hasQuorum(without?: string): boolean {
    const all = Object.keys(this.stacks.outputs.controllers.nodeNames).length;
    return this.nodes.healthyMembers().filter((node) => node !== without).length > all / 2;
  }

  /** What a run of the upgrade gets of this world. */
  open(session: Session): Pick<UpgradeContext, 'cluster' | 'aws' | 'git' | 'stacks'> {
    const { nodes, objects, groups, volumes } = this;
    const backup = () =>
      this.backupAt === undefined ? undefined : { time: new Date(this.backupAt), cluster: 'demo', problems: [] };
    return {
      cluster: clusterOf({ nodes, objects, hasQuorum: () => this.hasQuorum() }, session),
      aws: awsOf({ groups, volumes, backup }, session),
      git: gitOf(this.git, session),
      stacks: stacksOf(this.stacks, session) as unknown as UpgradeContext['stacks'],
    };
  }

  #addGroup(
    name: string,
    zones: string[],
    sizes: { desired: number; min: number; max: number },
    templateVersion = 1,
  ): void {
    this.stacks.recorded.set(name, { sizes: { ...sizes }, release: templateVersion > 1 ? '1.22' : '1.21' });
    this.groups.add({ name, zones, templateVersion, suspended: ['AZRebalance'], ...sizes });
  }

  #joined({ id, group, zone, version }: Machine): void {
    const controller = group.startsWith('demo-controller-');
    if (controller) this.volumes.get(`vol-${zone}`)!.attachedTo = id;
    const release: ReleaseId = version > 1 ? '1.22' : '1.21';
    this.nodes.join({
      name: controller ? group : `node-${id}`,
      machine: id,
      zone,
      controller,
      version: releaseOf(release).kubernetesVersion,
    });
  }

  #stopped({ id, group, version }: Machine, why: 'terminated' | 'scaled in' | 'failed'): void {
    const node = this.nodes.of(id);
    if (why !== 'failed') {
      this.terminated.push(id);
      const { templateVersion } = this.groups.get(group);
      if (version === templateVersion) this.harm.push(`${id} was ${why}, and is of the newest template`);
      const left = node ? this.nodes.movable(node.name).map(({ name }) => name) : [];
      if (left.length > 0) this.harm.push(`${id} was ${why} with ${left.join(', ')} on it`);
      const alone = Object.keys(this.stacks.outputs.controllers.nodeNames).length === 1;
      if (node?.controller && !alone && !this.hasQuorum(node.name))
        this.harm.push(`${node.name} was ${why}, and with it etcd's quorum`);
    }
    this.nodes.lose(id);
  }

  #gone({ id, group, zone }: Machine): void {
    const volume = this.volumes.get(`vol-${zone}`);
    if (group.startsWith('demo-controller-')) {
      if (volume?.attachedTo === id) volume.attachedTo = undefined;
      return;
    }
    this.clock.after(seconds.reconciler, () => {
      const node = this.nodes.of(id);
      if (node) this.nodes.remove(node.name);
    });
  }
}
