import type { KeyPair } from '../certificates/index.ts';
import type { ClusterView } from './kubernetes/cluster-view.ts';
import { Collection, pause } from './kubernetes/collection.ts';
import type { Surroundings } from './machines/instance.ts';
import { runDaemonPods } from './nodes/daemon-pods.ts';
import { startKwok } from './nodes/kwok.ts';
import { keepLeases } from './nodes/leases.ts';
import { keepNodes } from './nodes/lifecycle.ts';
import { keepNetwork } from './nodes/network.ts';
import { nudge } from './nodes/nudge.ts';
import { actOutWaiting } from './nodes/waiting.ts';
import { ArgocdProcesses } from './services/argocd-processes.ts';
import { EffectRunner } from './services/effects.ts';
import type { EgressProxy } from './services/egress.ts';
import { effects } from './services/index.ts';
import type { MachineKind } from './status.ts';

/**
 * Everything of the sandbox that works on the cluster from outside its control plane: kubelets of nodes, controllers of
 * the modules, the life of Node objects. It starts by itself when the API first answers.
 */
export function startCluster(
  surroundings: Surroundings,
  egress: EgressProxy,
  authority: KeyPair,
  machines: MachineKind,
): { stop(): Promise<void> } {
  const stopping: (() => unknown)[] = [];
  let stopped = false;
  const begin = async () => {
    while (surroundings.proxy.healthy.length === 0) {
      if (stopped) return;
      await pause(100);
    }
    if (machines === 'simulated') {
      const kwoks = startKwok(surroundings.directory, surroundings.tools);
      for (const kwok of kwoks) stopping.push(() => kwok.stop());
      // A kwok whose connection was cut backs off for up to 30 s before it looks again; a kubelet doesn't.
      surroundings.proxy.onCut = () => {
        if (!stopped) for (const kwok of kwoks) void kwok.restart();
      };
    }
    stopping.push(await watchCluster(surroundings, egress, authority, machines));
  };
  void begin().catch((error) => surroundings.log(`cluster: ${(error as Error).stack}`));
  return {
    async stop() {
      stopped = true;
      await Promise.all(stopping.map((stop) => stop()));
    },
  };
}

async function watchCluster(
  surroundings: Surroundings,
  egress: EgressProxy,
  authority: KeyPair,
  machines: MachineKind,
): Promise<() => void> {
  const { client, instances } = surroundings;
  const onPod: ((namespace: string, name: string) => void)[] = [];
  let runner: EffectRunner | undefined;
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
  const definitions = new Collection(client, '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    onChange: () => runner?.definitionsChanged(),
  });
  const collections = [view.pods, view.nodes, view.services, definitions];
  const timers = [keepNodes(surroundings, view)];
  if (machines === 'simulated') {
    // Before anything else: pods may have to wait from their first moment on.
    const network = keepNetwork(surroundings, view);
    onPod.push(actOutWaiting(surroundings, view), runDaemonPods(surroundings, view), network.onPod);
    onPod.push((namespace, name) => {
      if (namespace !== 'kube-system') return;
      for (const { kubelet } of instances.values()) kubelet?.mirrorChanged(name, view.pods.get(namespace, name));
    });
    timers.push(keepLeases(surroundings, view), nudge(client, view), network.timer);
  }
  await Promise.all(collections.map((collection) => collection.synced()));
  egress.view = view;
  const log = (line: string) => surroundings.log(`effect ${line}`);
  const argocd = new ArgocdProcesses(surroundings, view);
  const running = new EffectRunner(effects, { client, view, authority, argocd, machines, log }, definitions);
  runner = running;
  onPod.push(() => running.podsChanged());
  return () => {
    running.stop();
    argocd.stop();
    for (const timer of timers) clearInterval(timer);
    for (const collection of collections) collection.stop();
  };
}
