import type { Clock } from './time.ts';

export interface NodeState {
  name: string;
  machine: string;
  zone: string;
  controller: boolean;
  version: string;
  unschedulable: boolean;
  /** As the API shows it: of a machine that is off it goes on saying Ready for a while. */
  ready: boolean;
  /** Whether the machine runs, whatever the API shows. */
  up: boolean;
}

export interface PodState {
  name: string;
  namespace: string;
  /** Absent: not scheduled yet. */
  node?: string;
  /** Workload it is of; or the control plane's component, of a static pod. */
  owner: string;
  kind: 'ReplicaSet' | 'Node' | 'DaemonSet';
  version?: string;
  /** As the API shows it. */
  ready: boolean;
  deleting: boolean;
  toleratesCordon?: boolean;
}

/** A Deployment with its budget. */
export interface Workload {
  name: string;
  replicas: number;
  /** Of a PodDisruptionBudget (default: there is none). */
  minAvailable?: number;
  /** Its pods run on controllers, one on each. */
  onControllers?: boolean;
  /** Its pods may start on cordoned nodes. */
  toleratesCordon?: boolean;
}

/** Seconds that things take in a cluster: less than they do, in the order that they do. */
export const seconds = { start: 2, shutdown: 1, grace: 8, reconciler: 3 };

const components = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'etcd'];
export const namespace = 'shop';

/** Nodes and pods, with the scheduler, the controllers of workloads, budgets, and the node controller. */
export class Nodes {
  readonly nodes = new Map<string, NodeState>();
  readonly pods = new Map<string, PodState>();
  readonly workloads: Workload[] = [];
  readonly #clock: Clock;
  readonly #stalled = new Set<string>();
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A kubelet registers. A node of that name that was another machine's goes, and what was on it. */
  join(node: Pick<NodeState, 'name' | 'machine' | 'zone' | 'controller' | 'version'>): void {
    this.remove(node.name);
    this.nodes.set(node.name, { ...node, unschedulable: false, ready: true, up: true });
    if (node.controller) for (const component of components) this.#startStatic(node, component, node.version);
    this.reconcile();
  }

  /** The machine is off. The API learns of it when its kubelet hasn't reported for long enough. */
  lose(machine: string): void {
    const node = this.of(machine);
    if (!node) return;
    node.up = false;
    this.#clock.after(seconds.grace, () => {
      if (this.nodes.get(node.name) !== node) return;
      node.ready = false;
      for (const pod of this.on(node.name)) pod.ready = false;
    });
  }

  remove(name: string): void {
    if (!this.nodes.delete(name)) return;
    for (const pod of this.on(name)) this.pods.delete(pod.name);
    this.reconcile();
  }

  of(machine: string): NodeState | undefined {
    return [...this.nodes.values()].find((node) => node.machine === machine);
  }

  on(node: string): PodState[] {
    return [...this.pods.values()].filter((pod) => pod.node === node);
  }

  /** Pods that a drain would have moved away. */
  movable(node: string): PodState[] {
    return this.on(node).filter(
      ({ kind, deleting, toleratesCordon }) => kind === 'ReplicaSet' && !deleting && !toleratesCordon,
    );
  }

  /** Controllers whose etcd member answers, whatever the API shows. */
  healthyMembers(): string[] {
    return [...this.pods.values()]
      .filter(({ owner, ready, node }) => owner === 'etcd' && ready && this.nodes.get(node ?? '')?.up)
      .map(({ node }) => node!);
  }

  /** @returns why the budget forbids it; undefined where the pod is going */
  evict(name: string): string | undefined {
    const pod = this.pods.get(name)!;
    const { minAvailable = 0 } = this.#workload(pod.owner) ?? {};
    const available = this.#podsOf(pod.owner).filter(({ ready, deleting }) => ready && !deleting).length;
    if (pod.ready && available - 1 < minAvailable)
      return `Cannot evict pod as it would violate the pod's disruption budget (${minAvailable} of ${available})`;
    pod.deleting = true;
    // Only its kubelet can end it.
    if (!pod.node || this.nodes.get(pod.node)?.up)
      this.#clock.after(seconds.shutdown, () => {
        this.pods.delete(name);
        this.reconcile();
      });
    this.reconcile();
    return undefined;
  }

  /** What the controllers and the scheduler do. */
  reconcile(): void {
    for (const { name, replicas, toleratesCordon } of this.workloads) {
      const missing = replicas - this.#podsOf(name).filter(({ deleting }) => !deleting).length;
      for (let i = 0; i < missing; i++) {
        const pod = `${name}-${++this.#count}`;
        const state = { ready: false, deleting: false, toleratesCordon };
        this.pods.set(pod, { name: pod, namespace, owner: name, kind: 'ReplicaSet', ...state });
      }
    }
    for (const pod of this.pods.values()) {
      if (pod.node || pod.kind !== 'ReplicaSet') continue;
      const node = this.#placeFor(pod.owner);
      if (!node) continue;
      pod.node = node.name;
      this.#startIn(pod);
    }
  }

  /** A workload with its pods running. */
  run(workload: Workload): void {
    this.workloads.push(workload);
    this.reconcile();
    for (const pod of this.#podsOf(workload.name)) pod.ready = pod.node !== undefined;
  }

  /** From now on no new pod of the workload becomes Ready. */
  stall(workload: string): void {
    this.#stalled.add(workload);
  }

  /** The static pod of a component, restarted at a version: for a moment it isn't ready. */
  restartStatic(node: string, component: string, version: string): void {
    const pod = this.pods.get(`${component}-${node}`)!;
    Object.assign(pod, { version, ready: false });
    this.#startIn(pod);
  }

  #startStatic({ name: node }: Pick<NodeState, 'name'>, owner: string, version: string): void {
    const name = `${owner}-${node}`;
    const pod: PodState = {
      name,
      namespace: 'kube-system',
      node,
      owner,
      kind: 'Node',
      version,
      ready: false,
      deleting: false,
    };
    this.pods.set(name, pod);
    this.#startIn(pod);
  }

  #startIn(pod: PodState): void {
    this.#clock.after(seconds.start, () => {
      if (this.#stalled.has(pod.owner)) return;
      if (this.pods.get(pod.name) === pod && this.nodes.get(pod.node!)?.up) pod.ready = true;
    });
  }

  #placeFor(owner: string): NodeState | undefined {
    const { onControllers = false, toleratesCordon } = this.#workload(owner)!;
    const load = (node: NodeState) => this.on(node.name).filter(({ kind }) => kind === 'ReplicaSet').length;
    return [...this.nodes.values()]
      .filter((node) => node.controller === onControllers && node.ready && (!node.unschedulable || toleratesCordon))
      .filter((node) => !onControllers || !this.on(node.name).some((pod) => pod.owner === owner))
      .sort((one, other) => load(one) - load(other) || one.name.localeCompare(other.name))[0];
  }

  #podsOf(workload: string): PodState[] {
    return [...this.pods.values()].filter(({ owner }) => owner === workload);
  }

  #workload(name: string): Workload | undefined {
    return this.workloads.find((workload) => workload.name === name);
  }
}
