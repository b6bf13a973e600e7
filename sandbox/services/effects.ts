import type { KeyPair } from '../../certificates/index.ts';
import { ApiError, type ApiObject, type KubeClient } from '../kubernetes/client.ts';
import type { ClusterView } from '../kubernetes/cluster-view.ts';
import { Collection, keyOf } from '../kubernetes/collection.ts';
import { type PodQuery, readyPods } from '../kubernetes/readiness.ts';
import type { MachineKind } from '../status.ts';
import type { ArgocdProcesses } from './argocd-processes.ts';

/** What effects work with. */
export interface EffectContext {
  client: KubeClient;
  view: ClusterView;
  /** Signs what the cluster's controllers would sign with CAs of their own. */
  authority: KeyPair;
  argocd: ArgocdProcesses;
  /** Real machines mount what pods ask for. */
  machines: MachineKind;
  log(line: string): void;
}

/** What one controller does to the objects of one resource. Small and level-triggered: called again on every change. */
export interface Effect {
  name: string;
  /** Group (empty: core), version and plural name of the resource; custom resources are waited for. */
  resource: { group: string; version: string; plural: string };
  /** Pods of the controller: nothing happens while none is ready. Absent: the sandbox's own work, always done. */
  needs?: PodQuery;
  /** Brings the object on; returns `waiting` where it has to be looked at again soon. Throwing: tried again. */
  reconcile(object: ApiObject, context: EffectContext): Promise<'waiting' | undefined>;
}

function resourcePath({ group, version, plural }: Effect['resource']): string {
  return group ? `/apis/${group}/${version}/${plural}` : `/api/${version}/${plural}`;
}

/** Path of one object of an effect's resource. */
export function objectPath({ group, version, plural }: Effect['resource'], { metadata }: ApiObject): string {
  const root = group ? `/apis/${group}/${version}` : `/api/${version}`;
  const namespace = metadata.namespace ? `/namespaces/${metadata.namespace}` : '';
  return `${root}${namespace}/${plural}/${metadata.name}`;
}

/** Sets an object's status, by its status subresource where it has one. */
export async function patchStatus(client: KubeClient, path: string, status: unknown): Promise<void> {
  try {
    await client.patch(`${path}/status`, { status });
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) throw error;
    await client.patch(path, { status });
  }
}

/** What was applied last, by path: an effect looks at its object often and seldom has to change anything. */
const applied = new WeakMap<KubeClient, Map<string, string>>();

/** Creates or updates an object to be as given, as the controller of that name would. Returns it as it is in the cluster. */
export async function apply(client: KubeClient, path: string, object: ApiObject, manager: string): Promise<ApiObject> {
  const known = applied.get(client) ?? new Map<string, string>();
  applied.set(client, known);
  const wanted = JSON.stringify(object);
  const existing = known.get(path) === wanted ? await client.find(path) : undefined;
  if (existing) return existing;
  const url = `${path}?fieldManager=${manager}&force=true`;
  const result = await client.send<ApiObject>('PATCH', url, object, 'application/apply-patch+yaml');
  known.set(path, wanted);
  return result;
}

const retryMilliseconds = 1_000;
const waitingMilliseconds = 400;
/** Everything is looked at again now and then, in case a change went unseen. */
const resyncMilliseconds = 15_000;

/** Runs effects against a cluster for as long as it lives. */
export class EffectRunner {
  private collections = new Map<string, Collection>();
  private queue = new Set<string>();
  private busy = new Set<string>();
  private timers = new Set<NodeJS.Timeout>();
  private available = new Map<Effect, boolean>();
  private stopped = false;

  constructor(
    private effects: Effect[],
    private context: EffectContext,
    private crds: Collection,
  ) {
    this.after(0, () => this.resync());
  }

  /** A custom resource definition came or went. */
  definitionsChanged(): void {
    for (const effect of this.effects) this.watch(effect);
  }

  /** Pods changed: controllers may have come up, and objects may go on. */
  podsChanged(): void {
    for (const effect of this.effects) {
      const now = this.isAvailable(effect);
      if (now && !this.available.get(effect)) this.enqueueAll(effect);
      this.available.set(effect, now);
    }
  }

  stop(): void {
    this.stopped = true;
    for (const timer of this.timers) clearTimeout(timer);
    for (const collection of this.collections.values()) collection.stop();
  }

  private isAvailable({ needs }: Effect): boolean {
    return !needs || readyPods(this.context.view.pods, needs).length > 0;
  }

  private watch(effect: Effect): void {
    const path = resourcePath(effect.resource);
    const builtIn = !effect.resource.group.includes('.') || effect.resource.group.endsWith('.k8s.io');
    const { group, plural, version } = effect.resource;
    const definition = this.crds.get(undefined, `${plural}.${group}`);
    const served = ((definition?.spec?.versions ?? []) as { name: string; served: boolean }[]).some(
      (v) => v.name === version && v.served,
    );
    if (!builtIn && !served) {
      this.collections.get(path)?.stop();
      this.collections.delete(path);
      return;
    }
    if (this.collections.has(path)) return;
    const collection = new Collection(this.context.client, path, {
      onChange: (object) => {
        if (!object) return;
        for (const other of this.effects) if (resourcePath(other.resource) === path) this.enqueue(other, object);
      },
    });
    this.collections.set(path, collection);
  }

  private resync(): void {
    this.definitionsChanged();
    for (const effect of this.effects) this.enqueueAll(effect);
    this.after(resyncMilliseconds, () => this.resync());
  }

  private enqueueAll(effect: Effect): void {
    for (const object of this.collections.get(resourcePath(effect.resource))?.values() ?? [])
      this.enqueue(effect, object);
  }

  private enqueue(effect: Effect, { metadata }: ApiObject): void {
    const key = `${this.effects.indexOf(effect)} ${keyOf(metadata.namespace, metadata.name)}`;
    if (this.queue.has(key)) return;
    this.queue.add(key);
    this.after(20, () => void this.process(key));
  }

  private async process(key: string): Promise<void> {
    if (this.stopped) return;
    if (this.busy.has(key)) return this.after(100, () => void this.process(key));
    this.queue.delete(key);
    const [index = '', name = ''] = key.split(' ');
    const effect = this.effects[Number(index)];
    const object = effect && this.collections.get(resourcePath(effect.resource))?.objects.get(name);
    if (!effect || !object || object.metadata.deletionTimestamp || !this.isAvailable(effect)) return;
    this.busy.add(key);
    try {
      if ((await effect.reconcile(object, this.context)) === 'waiting') this.again(effect, object, waitingMilliseconds);
    } catch (error) {
      // Conflicts and an API that is away are nothing unusual; the rest shows up in the log.
      if (!(error instanceof ApiError && error.status === 409)) {
        this.context.log(`${effect.name} ${name}: ${(error as Error).message.slice(0, 300)}`);
      }
      this.again(effect, object, retryMilliseconds);
    } finally {
      this.busy.delete(key);
    }
  }

  private again(effect: Effect, object: ApiObject, milliseconds: number): void {
    this.after(milliseconds, () => this.enqueue(effect, object));
  }

  private after(milliseconds: number, work: () => void): void {
    if (this.stopped) return;
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      if (!this.stopped) work();
    }, milliseconds);
    this.timers.add(timer);
  }
}
