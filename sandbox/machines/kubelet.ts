import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startOrder } from '../deviations.ts';
import { ApiError, type ApiObject } from '../kubernetes/client.ts';
import { pause } from '../kubernetes/collection.ts';
import { isReady } from '../kubernetes/readiness.ts';
import { SupervisedProcess } from '../processes.ts';
import { type Localization, localArgument, localPath } from './addresses.ts';
import type { Instance, PlayedKubelet } from './instance.ts';
import { restartPods } from './node.ts';
import { probe } from './probe.ts';
import { registerNode, untilTaken } from './registration.ts';
import { localCommand, mirrorPod, mirrorStatus, readStaticPods, type StaticPodManifest } from './static-pods.ts';

const probeEvery = { unready: 300, ready: 2_000 };
const apiServer = 'kube-apiserver';

interface RunningPod {
  pod: StaticPodManifest;
  process?: SupervisedProcess;
  ready: boolean;
  /** Kept down by a fault. */
  held?: boolean;
  /** What was last told to the API, so that nothing is told twice. */
  shown?: string;
}

/**
 * A machine's kubelet, as far as static pods and its node go: runs the command lines of the manifests as processes, starts
 * what dies again, probes them, and shows each as a mirror pod.
 */
export class Kubelet implements PlayedKubelet {
  private pods = new Map<string, RunningPod>();
  /** Of its latest start: aborted by the next. */
  private registration = new AbortController();
  private podsStarted = false;
  /** Mirror pods are shown from the first registration on. */
  private registered = false;
  private dirty = false;
  private syncing = false;

  constructor(private instance: Instance) {}

  async start(): Promise<void> {
    await this.applyManifests();
    this.register();
  }

  restart(): void {
    this.instance.log('starting the kubelet again');
    this.register();
  }

  /** Once for each start: a Node that is deleted later on isn't registered again. */
  private register(): void {
    this.registration.abort(new Error('the kubelet was restarted'));
    this.registration = new AbortController();
    const { power } = this.instance;
    const signal = AbortSignal.any([power.signal, this.registration.signal]);
    void this.takePlace(signal).catch((error: Error) => this.instance.log(`node not registered: ${error.message}`));
  }

  private async takePlace(signal: AbortSignal): Promise<void> {
    const { surroundings, nodeName } = this.instance;
    // What the machine before ran here doesn't count as running when this one is first heard of.
    if (!this.podsStarted) await untilTaken(signal, () => restartPods(surroundings.client, nodeName));
    this.podsStarted = true;
    await registerNode(this.instance, signal);
    signal.throwIfAborted();
    this.registered = true;
    for (const running of this.pods.values()) running.shown = undefined;
    this.touch();
  }

  async applyManifests(): Promise<void> {
    for (const pod of readStaticPods(this.instance.root)) {
      const running = this.pods.get(pod.component);
      if (running?.pod.hash === pod.hash) continue;
      if (running) await this.stop(running);
      createDirectories(pod, this.instance.localization().directories);
      const next: RunningPod = { pod, ready: false };
      this.pods.set(pod.component, next);
      this.instance.log(`${pod.component} ${pod.version} starting`);
      void this.keep(next);
    }
    this.touch();
  }

  mirrorChanged(name: string, mirror: ApiObject | undefined): void {
    for (const running of this.pods.values()) {
      if (`${running.pod.component}-${this.instance.nodeName}` !== name) continue;
      if (mirror && isReady(mirror) === running.ready) continue;
      running.shown = undefined;
      this.touch();
    }
  }

  isReady(component: string): boolean {
    return this.pods.get(component)?.ready ?? false;
  }

  /** Version of a component by its manifest, only while it answers. */
  version(component: string): string | undefined {
    const running = this.pods.get(component);
    return running?.ready ? running.pod.version : undefined;
  }

  async ready(component: string): Promise<void> {
    while (!this.isReady(component)) {
      this.instance.power.signal.throwIfAborted();
      await pause(50);
    }
  }

  hold(component: string): void {
    const running = this.pods.get(component);
    if (!running?.process || running.held) return;
    running.held = true;
    this.instance.log(`${component} is held down (fault)`);
    this.setReady(running, false);
    void running.process.stop().then(() => this.touch());
  }

  release(except: string[] = []): void {
    for (const running of this.pods.values()) {
      if (!running.held || except.includes(running.pod.component)) continue;
      running.held = false;
      void running.process?.restart();
    }
  }

  components(): { component: string; version: string; ready: boolean; restarts: number; pid?: number }[] {
    return [...this.pods.values()].map(({ pod, ready, process: child }) => ({
      component: pod.component,
      version: pod.version,
      ready,
      restarts: child?.restarts ?? 0,
      pid: child?.pid,
    }));
  }

  async powerOff(): Promise<void> {
    this.registered = false;
    await Promise.all([...this.pods.values()].map((running) => this.stop(running)));
    this.pods.clear();
  }

  private async stop(running: RunningPod): Promise<void> {
    this.setReady(running, false);
    this.pods.delete(running.pod.component);
    await running.process?.stop();
  }

  private isCurrent(running: RunningPod): boolean {
    return this.pods.get(running.pod.component) === running;
  }

  private async keep(running: RunningPod): Promise<void> {
    const { component } = running.pod;
    for (const needed of startOrder[component] ?? []) {
      while (!this.isReady(needed) && this.pods.has(needed) && this.isCurrent(running)) await pause(100);
    }
    if (!this.isCurrent(running)) return;
    const { surroundings } = this.instance;
    const localization = this.instance.localization();
    running.process = new SupervisedProcess({
      command: surroundings.tools(component, component === 'etcd' ? undefined : running.pod.version),
      args: localCommand(running.pod, localization, surroundings.flags(component)),
      log: join(surroundings.directory.logs, this.instance.machine.instanceId, `${component}.log`),
      onExit: (code, signal) => {
        this.instance.log(`${component} ended (${signal ?? `exit code ${code}`}), starting it again`);
        this.setReady(running, false);
        this.touch();
      },
    });
    this.touch();
    const { probe: target } = running.pod;
    const host = localArgument(target.host, localization);
    while (this.isCurrent(running)) {
      const startedAt = running.process.startedAt;
      const answered = running.process.running && (await probe({ ...target, host }));
      // An answer that came while it was restarted is the old process's.
      if (this.isCurrent(running) && running.process.startedAt === startedAt) this.setReady(running, answered);
      await pause(running.ready ? probeEvery.ready : probeEvery.unready);
    }
  }

  private setReady(running: RunningPod, ready: boolean): void {
    if (running.ready === ready) return;
    running.ready = ready;
    const { component } = running.pod;
    this.instance.log(`${component} is ${ready ? 'ready' : 'not ready'}`);
    if (component === apiServer) {
      const { proxy } = this.instance.surroundings;
      if (ready) proxy.add(this.instance.loopback);
      else proxy.remove(this.instance.loopback);
    }
    this.touch();
  }

  private touch(): void {
    this.dirty = true;
    if (!this.syncing) void this.showMirrors();
  }

  private async showMirrors(): Promise<void> {
    this.syncing = true;
    while (this.dirty && this.registered) {
      this.dirty = false;
      try {
        const { surroundings, nodeName } = this.instance;
        const node = await surroundings.client.find(`/api/v1/nodes/${nodeName}`);
        // One that was deleted has no mirror pods, and gets none.
        if (node) await this.showMirrorsOn(node);
      } catch {
        // The API may be away, not least because its own pod is what changed.
        this.dirty = true;
      }
      if (this.dirty) await pause(250);
    }
    this.syncing = false;
  }

  private async showMirrorsOn(node: ApiObject): Promise<void> {
    for (const running of this.pods.values()) {
      try {
        await this.showMirror(running, node);
      } catch (error) {
        this.dirty = true;
        if (error instanceof ApiError && error.status === 409) running.shown = undefined;
      }
    }
  }

  private async showMirror(running: RunningPod, node: ApiObject): Promise<void> {
    const { client } = this.instance.surroundings;
    const child = running.process;
    const status = {
      address: this.instance.machine.privateIp,
      ready: running.ready,
      running: child?.running ?? false,
      restarts: child?.restarts ?? 0,
      startedAt: child?.startedAt ?? 0,
    };
    const wanted = JSON.stringify([running.pod.hash, status, node.metadata.uid]);
    if (running.shown === wanted) return;
    const pod = mirrorPod(running.pod, node, this.instance.localization());
    const collection = `/api/v1/namespaces/${pod.metadata.namespace}/pods`;
    const path = `${collection}/${pod.metadata.name}`;
    const existing = await client.find(path);
    const current =
      existing?.metadata.annotations?.['kubernetes.io/config.mirror'] === running.pod.hash &&
      existing?.metadata.ownerReferences?.[0]?.uid === node.metadata.uid &&
      !existing.metadata.deletionTimestamp;
    if (existing && !current) await client.delete(path, { gracePeriodSeconds: 0 });
    if (!current) await client.create(collection, pod);
    await client.patch(`${path}/status`, { status: mirrorStatus(running.pod, status) });
    running.shown = wanted;
  }
}

/** A kubelet makes the host directories that a pod mounts as `DirectoryOrCreate`. */
function createDirectories(pod: StaticPodManifest, directories: Localization['directories']): void {
  for (const { hostPath } of (pod.manifest.spec.volumes ?? []) as { hostPath?: { path: string; type?: string } }[]) {
    if (hostPath?.type === 'DirectoryOrCreate') mkdirSync(localPath(hostPath.path, directories), { recursive: true });
  }
}
