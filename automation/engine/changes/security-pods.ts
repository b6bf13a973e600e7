import { list, record } from './sides.ts';

/**
 * What the containers of a pod may do to the machine they run on, or get out of, e.g. `privileged container`.
 * @param spec of a pod; anything else has no traits.
 */
export function podTraits(spec: unknown): Set<string> {
  const pod = record(spec);
  const traits = new Set<string>();
  for (const [key, trait] of [
    ['hostNetwork', 'network of the machine'],
    ['hostPID', 'processes of the machine'],
    ['hostIPC', 'memory shared with the machine'],
  ] as const)
    if (pod[key] === true) traits.add(trait);
  for (const volume of list(pod.volumes)) {
    const { path } = record(record(volume).hostPath);
    if (typeof path === 'string') traits.add(`directory of the machine: ${path.slice(0, 80)}`);
  }
  const podContext = record(pod.securityContext);
  for (const container of [pod.initContainers, pod.containers, pod.ephemeralContainers].flatMap(list).map(record)) {
    const context = { ...podContext, ...record(container.securityContext) };
    if (context.privileged === true) traits.add('privileged container');
    if (context.allowPrivilegeEscalation === true) traits.add('may gain privileges');
    if (context.runAsUser === 0 || context.runAsNonRoot === false) traits.add('runs as root');
    if (record(context.seccompProfile).type === 'Unconfined') traits.add('no seccomp profile');
    for (const capability of list(record(context.capabilities).add))
      if (typeof capability === 'string' && /^\w+$/.test(capability)) traits.add(`capability ${capability}`);
    for (const port of list(container.ports)) {
      const { hostPort } = record(port);
      // With the machine's network every port is one of the machine.
      if (typeof hostPort === 'number' && hostPort > 0 && pod.hostNetwork !== true)
        traits.add(`port of the machine: ${hostPort}`);
    }
  }
  return traits;
}
