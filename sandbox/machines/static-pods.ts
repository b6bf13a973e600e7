import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { addedFlags } from '../deviations.ts';
import type { ApiObject } from '../kubernetes/client.ts';
import { type Localization, localArgument } from './addresses.ts';

/** A static pod as kubeadm wrote it, and what the sandbox needs of it to run it as a process. */
export interface StaticPodManifest {
  component: string;
  manifest: ApiObject;
  /** Image tag without `v`: the version of the component. */
  version: string;
  command: string[];
  /** Where readiness is asked for. */
  probe: { scheme: 'http' | 'https'; host: string; port: number; path: string };
  hash: string;
}

interface HttpProbe {
  httpGet?: { host?: string; path?: string; port?: number | string; scheme?: string };
}

/** Static pods of a machine by component, from its /etc/kubernetes/manifests. */
export function readStaticPods(root: string): StaticPodManifest[] {
  const directory = join(root, 'etc/kubernetes/manifests');
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => parseStaticPod(readFileSync(join(directory, name), 'utf8')));
}

/** What of a static pod's manifest its process is started from. */
export function parseStaticPod(text: string): StaticPodManifest {
  const manifest = parse(text) as ApiObject;
  const [container] = manifest.spec.containers;
  const probe: HttpProbe = container.readinessProbe ?? container.startupProbe ?? container.livenessProbe ?? {};
  const { host = '127.0.0.1', path = '/healthz', port = 0, scheme = 'HTTP' } = probe.httpGet ?? {};
  return {
    component: manifest.metadata.name,
    manifest,
    version: String(container.image).split(':').at(-1)?.replace(/^v/, '') ?? '',
    command: container.command,
    probe: { scheme: scheme.toLowerCase() as 'http' | 'https', host, port: Number(port), path },
    hash: createHash('md5').update(text).digest('hex'),
  };
}

/** Command line of a static pod as a process of this machine. */
export function localCommand(
  pod: StaticPodManifest,
  localization: Localization,
  more: Record<string, string> = {},
): string[] {
  const [, ...args] = pod.command;
  const flags = { ...addedFlags[pod.component], ...more };
  const kept = args
    .filter((argument) => !(flagName(argument) in flags))
    .map((argument) => localArgument(argument, localization));
  return [...kept, ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`)];
}

function flagName(argument: string): string {
  return argument.replace(/^--/, '').split('=')[0] ?? '';
}

/** Where kubeadm looks for etcd's members when it upgrades a controller. */
const clientUrls = 'kubeadm.kubernetes.io/etcd.advertise-client-urls';

/** The mirror pod that a kubelet shows for a static pod. */
export function mirrorPod(pod: StaticPodManifest, node: ApiObject, localization: Localization): ApiObject {
  const { metadata, spec } = pod.manifest;
  const urls: string | undefined = metadata.annotations?.[clientUrls];
  const name = `${pod.component}-${node.metadata.name}`;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: metadata.namespace ?? 'kube-system',
      labels: metadata.labels,
      annotations: {
        ...metadata.annotations,
        ...(urls ? { [clientUrls]: localArgument(urls, localization) } : {}),
        'kubernetes.io/config.hash': pod.hash,
        'kubernetes.io/config.mirror': pod.hash,
        'kubernetes.io/config.seen': new Date().toISOString(),
        'kubernetes.io/config.source': 'file',
      },
      ownerReferences: [
        { apiVersion: 'v1', kind: 'Node', name: node.metadata.name, uid: node.metadata.uid ?? '', controller: true },
      ],
    },
    spec: {
      ...spec,
      nodeName: node.metadata.name,
      tolerations: [{ effect: 'NoExecute', operator: 'Exists' }],
    },
  };
}

/** `status` of a mirror pod. */
export function mirrorStatus(
  pod: StaticPodManifest,
  state: { address: string; ready: boolean; running: boolean; restarts: number; startedAt: number },
): Record<string, unknown> {
  const now = new Date().toISOString();
  const started = new Date(state.startedAt || Date.now()).toISOString();
  const [container] = pod.manifest.spec.containers;
  const condition = (type: string, status: boolean) => ({
    type,
    status: status ? 'True' : 'False',
    lastTransitionTime: now,
  });
  return {
    phase: 'Running',
    hostIP: state.address,
    podIP: state.address,
    podIPs: [{ ip: state.address }],
    startTime: started,
    conditions: [
      condition('Initialized', true),
      condition('Ready', state.ready),
      condition('ContainersReady', state.ready),
      condition('PodScheduled', true),
    ],
    containerStatuses: [
      {
        name: container.name,
        image: container.image,
        imageID: '',
        ready: state.ready,
        started: state.running,
        restartCount: state.restarts,
        state: state.running
          ? { running: { startedAt: started } }
          : { waiting: { reason: 'CrashLoopBackOff', message: `restarting failed container=${container.name}` } },
      },
    ],
  };
}
