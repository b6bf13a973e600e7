import type { ApiObject } from '../../kubernetes/client.ts';
import { networkMounts } from '../../nodes/network.ts';
import { waitingAnnotation } from '../../nodes/stages.ts';
import { networkConfiguration } from './network.ts';

/** What the stand-in of a container does; the program behind it reads this. */
export interface Behaviour {
  /** Ports it listens on, HTTP 200 on any path; over TLS where it is spoken to in TLS. */
  tcp?: number[];
  udp?: number[];
  /** Ends by itself with this exit code; absent: runs until it is stopped. */
  exit?: number;
  /** Copies that it makes of files of the machine, before anything else. */
  files?: { path: string; from: string }[];
  /** Runs as root: the user is the real image's affair, and nobody says that it is another. */
  root?: boolean;
  /** Can't be started, for this reason. */
  refused?: string;
}

interface Port {
  name?: string;
  containerPort: number;
  protocol?: string;
}

interface Container {
  name: string;
  ports?: Port[];
  volumeMounts?: { name: string; mountPath: string; readOnly?: boolean; subPath?: string }[];
  securityContext?: SecurityContext;
  [probe: string]: unknown;
}

interface SecurityContext {
  runAsUser?: number;
  runAsNonRoot?: boolean;
}

const probes = ['startupProbe', 'livenessProbe', 'readinessProbe'];

/**
 * How a pod's container behaves when it is of the stand-in image, from the pod's own spec: init containers and pods that
 * aren't to be restarted end well at once; others listen on the ports they declare and the ports their probes ask for.
 */
export function containerBehaviour(pod: ApiObject, name: string): Behaviour {
  const init = ((pod.spec?.initContainers ?? []) as Container[]).find((container) => container.name === name);
  const containers = (pod.spec?.containers ?? []) as Container[];
  const container = init ?? containers.find((candidate) => candidate.name === name);
  if (!container) return { refused: `pod ${pod.metadata.namespace}/${pod.metadata.name} has no container ${name}` };
  const waiting = pod.metadata.annotations?.[waitingAnnotation];
  if (waiting === 'CrashLoopBackOff') return { exit: 1 };
  if (waiting) return { refused: waiting };
  const files = networkFiles(pod, container);
  const common: Behaviour = {
    ...(files.length > 0 ? { files } : {}),
    ...(runsAsRoot(pod, container) ? { root: true } : {}),
  };
  if (init || (pod.spec.restartPolicy ?? 'Always') !== 'Always') return { ...common, exit: 0 };
  return { ...common, ...portsOf(container, containers) };
}

/**
 * Ports that a container listens on. One that several containers of a pod declare is the first one's; one that a probe asks
 * for belongs to the container that declares it, else to the one that is probed.
 */
function portsOf(container: Container, containers: Container[]): { tcp: number[]; udp: number[] } {
  const taken = { TCP: new Set<number>(), UDP: new Set<number>() };
  const listening = new Map(containers.map((each) => [each, { TCP: [] as number[], UDP: [] as number[] }]));
  const give = (to: Container, protocol: 'TCP' | 'UDP', port: number) => {
    if (taken[protocol].has(port)) return;
    taken[protocol].add(port);
    listening.get(to)?.[protocol].push(port);
  };
  for (const each of containers) {
    for (const { protocol = 'TCP', containerPort } of each.ports ?? [])
      if (protocol === 'TCP' || protocol === 'UDP') give(each, protocol, containerPort);
  }
  for (const each of containers) for (const port of probedPorts(each)) give(each, 'TCP', port);
  const { TCP: tcp = [], UDP: udp = [] } = listening.get(container) ?? {};
  return { tcp, udp };
}

/** Ports of HTTP, TCP and gRPC probes, by number: a name is one that the container declares anyway. */
function probedPorts(container: Container): number[] {
  return probes.flatMap((probe) => {
    const { httpGet, tcpSocket, grpc } = (container[probe] ?? {}) as Record<string, { port?: number | string }>;
    const ports = [httpGet, tcpSocket, grpc].map((action) => Number(action?.port));
    return ports.filter((port) => Number.isInteger(port) && port > 0);
  });
}

function runsAsRoot(pod: ApiObject, container: Container): boolean {
  const context: SecurityContext = { ...pod.spec.securityContext, ...container.securityContext };
  return context.runAsUser === undefined && !context.runAsNonRoot;
}

/**
 * A CNI plugin's installer (Calico's, Cilium's, Multus') writes the network's configuration where the runtime looks for it;
 * with that the node gets ready, and not before.
 */
function networkFiles(pod: ApiObject, container: Container): { path: string; from: string }[] {
  return networkMounts(pod, container).map((mount) => ({
    path: `${mount}/${networkConfiguration.file}`,
    from: networkConfiguration.kept,
  }));
}
