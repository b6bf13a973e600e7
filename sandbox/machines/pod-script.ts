import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { repositoryRoot } from '../../repository/root.ts';
import type { ApiObject, KubeClient } from '../kubernetes/client.ts';
import { pause } from '../kubernetes/collection.ts';
import { processMarker } from '../processes.ts';
import type { Instance, Surroundings } from './instance.ts';
import { finishPod, startPod } from './pod-status.ts';

/** A shell script by executable name: what the pod's image has on its PATH. */
export type Commands = Record<string, string>;

interface Container {
  command?: string[];
  args?: string[];
  env?: { name: string; value?: string; valueFrom?: object }[];
  volumeMounts?: { name: string; mountPath: string }[];
}

interface Volume {
  name: string;
  hostPath?: { path: string };
  configMap?: { name: string };
}

/** Stand-ins for tools that an ordinary rehearsal doesn't install, by the name of the file that has them. */
export function standInCommand(name: 'aws' | 'kubectl'): string {
  return `exec ${quote(process.execPath)} ${quote(join(repositoryRoot, 'sandbox/machines/commands', `${name}.js`))} "$@"`;
}

/** A script that runs this command with the arguments it is given. */
export function commandScript(command: string[]): string {
  return `exec ${command.map(quote).join(' ')} "$@"`;
}

/**
 * Runs the command of a pod's only container as a process of this machine, and shows the pod as a kubelet does. Volumes
 * are directories: the machine's root directory for its `/`, the files of a ConfigMap. Paths in command and environment
 * that are below a mount are those directories here; everything else is as the pod says.
 * @param image what stands in for the pod's image: executables, and variables of this machine
 */
export async function runPodScript(
  pod: ApiObject,
  surroundings: Surroundings,
  image: { commands(instance: Instance): Commands; env?(instance: Instance): Record<string, string> },
): Promise<void> {
  const { client, instances, log, directory } = surroundings;
  const instance = [...instances.values()].find((candidate) => candidate.nodeName === pod.spec.nodeName);
  // Without a machine there is no kubelet, and the pod stays as it is.
  if (!instance) return;
  const over = new AbortController();
  mkdirSync(directory.root, { recursive: true });
  const own = mkdtempSync(join(directory.root, `pod-${pod.metadata.name}-`));
  try {
    const mounts = await mountVolumes(pod, own, instance);
    if (!mounts) return;
    await startPod(client, pod);
    void whenDeleted(client, pod, over.signal).then((deleted) => deleted && over.abort());
    const bin = join(own, 'bin');
    writeCommands(bin, image.commands(instance));
    const { code, output } = await runContainer(pod.spec.containers[0], mounts, {
      environment: {
        // What the image has comes first; the rest of a POSIX userland is this machine's.
        PATH: [bin, process.env.PATH, '/usr/sbin:/usr/bin:/sbin:/bin'].join(delimiter),
        TMPDIR: own,
        // How processes of a sandbox are found again.
        [processMarker]: process.env[processMarker] ?? '',
        ...image.env?.(instance),
      },
      onLine: (line) => log(`pod ${pod.metadata.name}: ${line}`),
      signal: AbortSignal.any([instance.power.signal, over.signal]),
    });
    // The machine is gone, and its kubelet with it; or the pod.
    if (instance.power.signal.aborted || over.signal.aborted) return;
    await finishPod(client, pod, code === 0 ? 'Succeeded' : 'Failed', lastLines(output));
  } catch (error) {
    log(`pod ${pod.metadata.name}: ${(error as Error).message}`);
    if (!instance.power.signal.aborted) await finishPod(client, pod, 'Failed', (error as Error).message);
  } finally {
    over.abort();
    rmSync(own, { recursive: true, force: true });
  }
}

/** Whether the pod is deleted before the signal: a kubelet kills its containers then. */
async function whenDeleted(client: KubeClient, { metadata }: ApiObject, signal: AbortSignal): Promise<boolean> {
  const path = `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`;
  while (!signal.aborted) {
    try {
      const found = await client.find(path);
      if (!found || found.metadata.uid !== metadata.uid) return true;
    } catch {
      // The API may be away, not least because this pod replaces an API server.
    }
    await pause(500);
  }
  return false;
}

/** Where each mount path is here; undefined where the pod is deleted before all are there. */
async function mountVolumes(pod: ApiObject, own: string, instance: Instance): Promise<Map<string, string> | undefined> {
  const { client } = instance.surroundings;
  const directories = new Map<string, string>();
  for (const volume of (pod.spec.volumes ?? []) as Volume[]) {
    const directory = volume.hostPath ? join(instance.root, volume.hostPath.path) : join(own, 'volumes', volume.name);
    mkdirSync(directory, { recursive: true });
    directories.set(volume.name, directory);
    if (!volume.configMap) continue;
    const files = await configMap(client, pod, volume.configMap.name, instance);
    if (!files) return undefined;
    for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
  }
  const [container] = pod.spec.containers as Container[];
  return new Map(
    (container?.volumeMounts ?? []).map(({ name, mountPath }) => {
      const directory = directories.get(name);
      if (!directory) throw new Error(`the pod mounts a volume that it doesn't have: ${name}`);
      return [mountPath.replace(/\/$/, ''), directory];
    }),
  );
}

/** A kubelet waits for a ConfigMap that isn't there (yet), for as long as the pod is. */
async function configMap(
  client: KubeClient,
  { metadata }: ApiObject,
  name: string,
  instance: Instance,
): Promise<Record<string, string> | undefined> {
  const namespace = `/api/v1/namespaces/${metadata.namespace}`;
  for (;;) {
    instance.power.signal.throwIfAborted();
    try {
      const found = await client.find(`${namespace}/configmaps/${name}`);
      if (found) return found.data ?? {};
      if ((await client.find(`${namespace}/pods/${metadata.name}`))?.metadata.uid !== metadata.uid) return undefined;
    } catch {
      // The API may be away for a moment.
    }
    await pause(500);
  }
}

function writeCommands(directory: string, commands: Commands): void {
  mkdirSync(directory);
  for (const [name, script] of Object.entries(commands)) {
    writeFileSync(join(directory, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(directory, name), 0o755);
  }
}

async function runContainer(
  container: Container | undefined,
  mounts: Map<string, string>,
  options: { environment: Record<string, string>; onLine(line: string): void; signal: AbortSignal },
): Promise<{ code: number | null; output: string }> {
  const here = (text: string) => {
    const mount = [...mounts.keys()]
      .sort((a, b) => b.length - a.length)
      .find((path) => text === path || text.startsWith(`${path}/`));
    return mount === undefined ? text : `${mounts.get(mount)}${text.slice(mount.length)}`;
  };
  const [command, ...args] = [...(container?.command ?? []), ...(container?.args ?? [])].map(here);
  if (!command) throw new Error('the pod says no command, and there is no image here that would have one');
  const env: Record<string, string> = { ...options.environment };
  for (const { name, value = '', valueFrom } of container?.env ?? []) {
    if (valueFrom) throw new Error(`the sandbox doesn't fill in variables from elsewhere: ${name}`);
    env[name] = here(value);
  }
  // A process group of its own: when the machine is powered off, what the script has started ends with it.
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env, detached: true });
  const kill = () => {
    try {
      if (child.pid) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  };
  options.signal.addEventListener('abort', kill, { once: true });
  let output = '';
  const take = (chunk: Buffer) => {
    output += chunk;
    for (const line of chunk.toString().split('\n')) if (line.trim()) options.onLine(line);
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  options.signal.removeEventListener('abort', kill);
  return { code, output };
}

/** What a kubelet takes of a log for a message (`FallbackToLogsOnError`). */
function lastLines(output: string): string {
  return output.trim().split('\n').slice(-80).join('\n').slice(-2048);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
