import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { releases } from '../../../releases/index.ts';
import { minorOf } from '../../../releases/kubernetes-version.ts';
import type { Instance } from '../instance.ts';
import { localize } from './localize.ts';
import { initPhase } from './phases.ts';
import { isMarked, type Step, writeWhole } from './step.ts';

/** Once in a machine's life: an upgrade in place may have written the static pods of the next release. */
const controlPlaneWritten = '/etc/kubezero/control-plane-written';

/** Configuration from its templates, and what kubeadm makes of it: certificates, kubeconfigs, static pods. */
export const configure: Step = async (instance) => {
  render(instance, '/etc/kubezero/node.yaml');
  if (!instance.isController || isMarked(instance, 'ready')) return;
  mkdirSync(instance.path('/var/log/kubernetes'), { recursive: true });
  render(instance, '/etc/kubernetes/kubeadm.yaml');
  for (const file of filesBelow(instance.path('/etc/kubernetes/apiserver')))
    writeWhole(file, localize(instance, file, readFileSync(file, 'utf8')));
  const patches = patchesInConfiguration(instance) ? [] : ['--experimental-patches', '/etc/kubernetes/patches'];
  await initPhase(instance, 'certs', 'all');
  await initPhase(instance, 'kubeconfig', 'all');
  await initPhase(instance, 'etcd', 'local', ...patches);
  if (existsSync(instance.path(controlPlaneWritten))) return;
  await initPhase(instance, 'control-plane', 'all', ...patches);
  writeWhole(instance.path(controlPlaneWritten), '');
};

/** Whether kubeadm's phases read the folder of patches from their configuration. */
function patchesInConfiguration({ kubeletMinor }: Instance): boolean {
  const release = Object.values(releases).find((one) => minorOf(one.kubernetesVersion) === kubeletMinor);
  if (!release) throw new Error(`no release has Kubernetes ${kubeletMinor}`);
  return release.machines.kubeadm.patchesInConfiguration;
}

/** A file from the template of its name, with what only the running machine knows. */
export function render(instance: Instance, file: string): void {
  const template = readFileSync(instance.path(join('/etc/kubezero/templates', file.split('/').at(-1) ?? '')), 'utf8');
  writeWhole(instance.path(file), localize(instance, file, template));
}

function filesBelow(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .map((name) => join(directory, name))
    .flatMap((path) => (statSync(path).isDirectory() ? filesBelow(path) : [path]));
}
