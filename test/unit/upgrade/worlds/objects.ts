import type { V1DaemonSet, V1Job, V1Pod } from '@kubernetes/client-node';
import type { Nodes } from './nodes.ts';
import { apiError } from './session.ts';
import type { Clock } from './time.ts';

/** What is read of any object. */
// biome-ignore lint/suspicious/noExplicitAny: objects of every kind, as the API has them
type KubeObject = any;

/** What the machines make of objects of some kinds. */
export interface ObjectEvents {
  podStarted(pod: V1Pod): void;
  jobStarted(job: V1Job): void;
}

/** Seconds that things take. */
const seconds = { seen: 1, replaced: 2, deleted: 1, started: 3 };

/** Objects beside nodes and the workloads' pods: what steps create, patch and delete by name. */
export class Objects {
  readonly #objects = new Map<string, KubeObject>();
  readonly #clock: Clock;
  readonly #nodes: Nodes;
  readonly #events: ObjectEvents;

  constructor(clock: Clock, nodes: Nodes, events: ObjectEvents) {
    this.#clock = clock;
    this.#nodes = nodes;
    this.#events = events;
  }

  find(kind: string, name: string): KubeObject | undefined {
    return this.#objects.get(`${kind} ${name}`);
  }

  /** @throws 404 */
  get(kind: string, name: string): KubeObject {
    const found = this.find(kind, name);
    if (!found) throw apiError(404, `${kind} "${name}" not found`);
    return found;
  }

  list(kind: string): KubeObject[] {
    return [...this.#objects].filter(([key]) => key.startsWith(`${kind} `)).map(([, object]) => object);
  }

  /** @throws 409 where it is there already */
  create(kind: string, body: KubeObject): KubeObject {
    const { name } = body.metadata;
    if (this.find(kind, name)) throw apiError(409, `${kind} "${name}" already exists`);
    const metadata = { namespace: 'kube-system', ...body.metadata, uid: `${kind}/${name}`, generation: 1 };
    const object: KubeObject = { status: {}, ...structuredClone(body), metadata };
    this.#objects.set(`${kind} ${name}`, object);
    if (kind === 'DaemonSet') this.#roll(object);
    if (kind === 'Pod') this.#startPod(object);
    if (kind === 'Job') this.#events.jobStarted(object);
    return object;
  }

  /** @throws 404 */
  replace(kind: string, name: string, body: KubeObject): KubeObject {
    const object = this.get(kind, name);
    const { uid, generation } = object.metadata;
    const metadata = { namespace: 'kube-system', ...body.metadata, uid, generation: generation + 1 };
    Object.assign(object, structuredClone(body), { metadata });
    if (kind === 'DaemonSet') this.#roll(object);
    return object;
  }

  /** The annotations of a DaemonSet's pods. @throws 404 */
  annotate(name: string, annotations: Record<string, string>): KubeObject {
    const set: V1DaemonSet = structuredClone(this.get('DaemonSet', name));
    set.spec!.template.metadata = { ...set.spec!.template.metadata, annotations };
    return this.replace('DaemonSet', name, set);
  }

  /** Gone, as with `Background` and without a grace period; its pods follow a moment later. @throws 404 */
  delete(kind: string, name: string): KubeObject {
    const object = this.get(kind, name);
    this.#objects.delete(`${kind} ${name}`);
    this.#clock.after(seconds.deleted, () => {
      if (this.find(kind, name)) return;
      for (const pod of this.podsOf(object.metadata.uid)) this.#objects.delete(`Pod ${pod.metadata.name}`);
    });
    return object;
  }

  podsOf(uid: string): KubeObject[] {
    return this.list('Pod').filter((pod) => pod.metadata.ownerReferences?.[0]?.uid === uid);
  }

  /** A DaemonSet's controller: sees the new generation, then replaces pods, node by node. */
  #roll(set: KubeObject): void {
    const { name, uid, generation } = set.metadata;
    const current = () => this.find('DaemonSet', name) === set && set.metadata.generation === generation;
    const wanted = () => [...this.#nodes.nodes.keys()];
    this.#clock.after(seconds.seen, () => {
      if (!current()) return;
      Object.assign(set.status, {
        observedGeneration: generation,
        desiredNumberScheduled: wanted().length,
        updatedNumberScheduled: 0,
        numberAvailable: this.podsOf(uid).length,
      });
      wanted().forEach((node, index) => {
        this.#clock.after(seconds.replaced * (index + 1), () => {
          if (!current()) return;
          this.#objects.set(`Pod ${name}-${node}`, runningPod(set, node));
          set.status.updatedNumberScheduled += 1;
          set.status.numberAvailable = this.podsOf(uid).length;
        });
      });
    });
  }

  #startPod(pod: KubeObject): void {
    pod.status = { phase: 'Pending' };
    this.#clock.after(seconds.started, () => {
      if (this.find('Pod', pod.metadata.name) !== pod) return;
      pod.status.phase = 'Running';
      this.#events.podStarted(pod);
    });
  }
}

function runningPod({ metadata, spec }: KubeObject, nodeName: string): KubeObject {
  return {
    metadata: {
      name: `${metadata.name}-${nodeName}`,
      namespace: metadata.namespace,
      labels: spec.selector.matchLabels,
      ownerReferences: [{ kind: 'DaemonSet', name: metadata.name, uid: metadata.uid }],
    },
    spec: { nodeName },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  };
}
