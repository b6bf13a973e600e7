import { Collection, pause } from './kubernetes/collection.ts';
import type { Surroundings } from './machines/instance.ts';
import { startKwok } from './nodes/kwok.ts';
import { keepNodes } from './nodes/lifecycle.ts';
import { actOutWaiting } from './nodes/waiting.ts';
import type { SupervisedProcess } from './processes.ts';

/** What the cluster's controllers see of it; shared by everything that acts on it. */
export interface ClusterView {
  pods: Collection;
  nodes: Collection;
  services: Collection;
}

/** Everything of the sandbox that works on the cluster from outside its control plane. It starts when the API first answers. */
export async function startCluster(
  surroundings: Surroundings,
): Promise<{ providerPort: number; stop(): Promise<void> }> {
  const started: SupervisedProcess[] = [];
  const collections: Collection[] = [];
  let stopped = false;
  const timers: NodeJS.Timeout[] = [];

  void (async () => {
    while (surroundings.proxy.healthy.length === 0) {
      if (stopped) return;
      await pause(100);
    }
    started.push(...startKwok(surroundings.directory, surroundings.tools));
    const { client } = surroundings;
    const onPod: ((namespace: string, name: string) => void)[] = [];
    const view: ClusterView = {
      pods: new Collection(client, '/api/v1/pods', {
        onChange: (pod, before) => {
          const { namespace = '', name = '' } = (pod ?? before)?.metadata ?? {};
          for (const listener of onPod) listener(namespace, name);
        },
      }),
      nodes: new Collection(client, '/api/v1/nodes'),
      services: new Collection(client, '/api/v1/services'),
    };
    collections.push(view.pods, view.nodes, view.services);
    timers.push(keepNodes(surroundings, view));
    onPod.push(actOutWaiting(surroundings, view));
    onPod.push((namespace, name) => {
      if (namespace === 'kube-system' && !view.pods.get(namespace, name)) {
        for (const { kubelet } of surroundings.instances.values()) kubelet?.mirrorDeleted(name);
      }
    });
  })().catch((error) => surroundings.log(`cluster: ${(error as Error).stack}`));

  return {
    providerPort: 0,
    async stop() {
      stopped = true;
      for (const timer of timers) clearInterval(timer);
      for (const collection of collections) collection.stop();
      await Promise.all(started.map((process) => process.stop()));
    },
  };
}
