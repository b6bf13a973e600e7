import { existsSync } from 'node:fs';
import { pause } from '../kubernetes/collection.ts';
import type { ComponentView, Instance } from '../machines/instance.ts';
import { probe } from '../machines/probe.ts';
import { readStaticPods } from '../machines/static-pods.ts';
import type { RealMachine } from './machine.ts';

const everyMilliseconds = 1_000;

interface Seen {
  component: string;
  version: string;
  ready: boolean;
}

/** What is seen of a controller's static pods: their manifests on its disk, and what answers their probes. */
class ObservedComponents implements ComponentView {
  seen: Seen[] = [];

  isReady(component: string): boolean {
    return this.seen.some((each) => each.component === component && each.ready);
  }

  version(component: string): string | undefined {
    return this.seen.find((each) => each.component === component && each.ready)?.version;
  }

  components() {
    return this.seen.map((each) => ({ ...each, restarts: 0 }));
  }
}

/** Keeps what the sandbox knows of a real machine in line with it, until it is powered off. */
export function observe(instance: Instance, machine: RealMachine): void {
  const components = new ObservedComponents();
  instance.observed = components;
  const { signal } = instance.power;
  const { proxy } = instance.surroundings;
  const look = async () => {
    const state = machine.state ?? '';
    instance.state = state === 'running' ? 'running' : 'booting';
    const [, step = '', attempt = '', message = ''] = /^(\S+) (\d+) ?(.*)$/.exec(state) ?? [];
    instance.error = step && message ? `${step}, attempt ${attempt}: ${message}` : undefined;
    const root = machine.path('/');
    instance.volume = root && existsSync(`${root}/var/lib/etcd/member/wal`) ? `${root}/var/lib/etcd` : undefined;
    const pods = root && instance.isController ? readStaticPods(root) : [];
    components.seen = await Promise.all(
      pods.map(async (pod) => ({ component: pod.component, version: pod.version, ready: await probe(pod.probe) })),
    );
    if (signal.aborted) return;
    if (components.isReady('kube-apiserver')) proxy.add(instance.loopback);
    else proxy.remove(instance.loopback);
  };
  void (async () => {
    while (!signal.aborted) {
      // A manifest may be half written, and the machine off.
      await look().catch(() => proxy.remove(instance.loopback));
      await pause(everyMilliseconds);
    }
  })();
}
