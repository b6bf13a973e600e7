import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiObject } from '../kubernetes/client.ts';
import { pause } from '../kubernetes/collection.ts';
import type { Instance, Surroundings } from './instance.ts';
import { releaseAbandonedLeases } from './leader-leases.ts';
import { commandScript, runPodScript, standInCommand } from './pod-script.ts';

/** What a kubelet looks for new manifests every 20 s. */
const manifestsMilliseconds = 300;

/**
 * A pod of an in-place upgrade: runs the script that it mounts, with the real kubeadm of the version that the pod's image
 * has. The machine's kubelet replaces the processes whose manifests kubeadm has written.
 */
export async function runUpgradePod(pod: ApiObject, surroundings: Surroundings): Promise<void> {
  const { kubeadm, client } = surroundings;
  const version = imageVersion(pod);
  const done = new AbortController();
  try {
    await runPodScript(pod, surroundings, {
      commands: (instance) => {
        const command = kubeadm.command(version);
        standInForCrictl(instance);
        void followManifests(instance, done.signal, () => void releaseAbandonedLeases(client));
        return {
          // There are no images here, so none can be pulled.
          kubeadm: `case "$*" in *' upgrade apply '*) set -- "$@" --ignore-preflight-errors=ImagePull ;; esac\n${commandScript(command)}`,
          kubectl: standInCommand('kubectl'),
        };
      },
    });
  } finally {
    done.abort();
  }
}

function imageVersion({ spec }: ApiObject): string {
  return String(spec.containers[0].image).split(':').at(-1)?.replace(/^v/, '') ?? '';
}

/** kubeadm wants it in the machine's root directory, and goes on where nothing can be pulled with it. */
function standInForCrictl({ root }: Instance): void {
  mkdirSync(join(root, 'usr/bin'), { recursive: true });
  writeFileSync(join(root, 'usr/bin/crictl'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
}

async function followManifests(instance: Instance, signal: AbortSignal, onChange: () => void): Promise<void> {
  const running = () =>
    JSON.stringify(instance.kubelet?.components().map(({ component, version }) => [component, version]));
  let before = running();
  while (!signal.aborted && !instance.power.signal.aborted) {
    try {
      await instance.kubelet?.applyManifests();
    } catch {
      // A manifest that is just being written.
    }
    if (running() !== before) {
      before = running();
      onChange();
    }
    await pause(manifestsMilliseconds);
  }
}
