import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import type { ApiObject } from '../kubernetes/client.ts';
import type { Instance, Surroundings } from './instance.ts';

/** Where network plugins put their configuration; on the machine's root disk, which outlives a reboot and no replacement. */
export const networkDirectory = '/etc/cni/net.d';

/** Set by the sandbox on a node whose machine has such a configuration: the names of its files. */
export const networkAnnotation = 'sandbox.kubezero.dev/network';

/** What a kubelet says while there is none. */
export const noNetwork =
  'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: No CNI configuration file in /etc/cni/net.d/. Has your network provider started?';

/** Whether the runtime of a machine finds a configuration of the pods' network. */
export function hasNetwork(instance: Instance): boolean {
  return networkFiles(instance).length > 0;
}

/** Names of the configurations that are there. */
export function networkFiles(instance: Instance): string[] {
  try {
    return readdirSync(instance.path(networkDirectory)).filter((name) => /\.(conf|conflist|json)$/.test(name));
  } catch {
    // No directory before the first plugin.
    return [];
  }
}

export function writeNetworkFile(instance: Instance, name: string): void {
  mkdirSync(instance.path(networkDirectory), { recursive: true });
  writeFileSync(instance.path(`${networkDirectory}/${name}`), '{}\n');
}

export function removeNetworkFile(instance: Instance, name: string): void {
  rmSync(instance.path(`${networkDirectory}/${name}`), { force: true });
}

/**
 * The machine whose kubelet reports on a Node; undefined: it is gone. Its provider id may be that of the machine before,
 * which registered it.
 */
export function machineOfNode({ instances }: Pick<Surroundings, 'instances'>, node?: ApiObject): Instance | undefined {
  return instances.get(String(node?.status?.nodeInfo?.machineID ?? ''));
}
