import type { WorkerGroup } from '../../environment/environment.ts';
import { controllerProgram, inUserData } from './boot-program.ts';
import { bootSteps, type MachineRole } from './boot-steps.ts';
import { type ControllerPlace, type NodeCluster, paths } from './cluster.ts';
import { coreDnsPatch } from './coredns.ts';
import { crioConfiguration } from './crio.ts';
import { packInstaller } from './installer.ts';
import { kernelFiles } from './kernel.ts';
import { controllerKubeadm, workerJoin } from './kubeadm.ts';
import { credentialProvider } from './kubelet.ts';
import type { MachineFile } from './machine-file.ts';
import { controllerNode, describeController, describeWorker, workerNode } from './node-description.ts';
import { staticPodPatches } from './patches.ts';
import { apiServerFiles } from './policies.ts';
import { scriptFiles, scriptsFrom, withoutComments } from './scripts.ts';
import { bootService } from './services.ts';
import { toYaml } from './yaml.ts';

/**
 * User data of a controller: a shell script that installs its files and the boot service, which makes the machine the
 * controller of its place at every start ({@link bootSteps}).
 */
export function controllerUserData(cluster: NodeCluster, machine: ControllerPlace & { etcdVolumeId: string }): string {
  return packInstaller(titleOf(cluster, `controller ${machine.nodeName}`), controllerFiles(cluster, machine));
}

/** User data of every machine of a worker group; see {@link controllerUserData}. */
export function workerUserData(cluster: NodeCluster, group: WorkerGroup): string {
  return packInstaller(titleOf(cluster, `worker of group ${group.name}`), workerFiles(cluster, group));
}

function titleOf({ environment, release }: NodeCluster, machine: string): string {
  return `KubeZero ${release.id}: ${machine} of cluster ${environment.name}`;
}

function controllerFiles(cluster: NodeCluster, machine: ControllerPlace & { etcdVolumeId: string }): MachineFile[] {
  return [
    { path: paths.templates.node, content: toYaml(describeController(cluster, machine)) },
    { path: paths.templates.kubeadm, content: controllerKubeadm(cluster, controllerNode(cluster, machine.zone)) },
    { path: paths.coreDns, content: toYaml(coreDnsPatch(cluster)) },
    ...apiServerFiles(cluster),
    ...staticPodPatches(cluster.release),
    ...nodeFiles(cluster, cluster.environment.controllers.instanceType),
    ...bootFiles(cluster, 'controller'),
  ];
}

function workerFiles(cluster: NodeCluster, group: WorkerGroup): MachineFile[] {
  return [
    { path: paths.templates.node, content: toYaml(describeWorker(cluster, group)) },
    { path: paths.templates.join, content: workerJoin(cluster, workerNode(cluster, group)) },
    ...nodeFiles(cluster, group.instanceType),
    ...bootFiles(cluster, 'worker'),
  ];
}

/** What controllers and workers have in common. */
function nodeFiles({ release }: NodeCluster, instanceType: string): MachineFile[] {
  return [
    crioConfiguration(release),
    ...kernelFiles(release, instanceType),
    ...(release.machines.kubelet.ecrCredentialProvider
      ? [{ path: `${paths.kubelet}/credential-provider.yaml`, content: toYaml(credentialProvider()) }]
      : []),
  ];
}

/**
 * The boot program of a role: its service, its steps and their order, and what all steps have in common. A controller's has
 * the scripts that every start begins with, and the digest of the object that has the others.
 */
function bootFiles({ release }: NodeCluster, role: MachineRole): MachineFile[] {
  const steps = bootSteps[role].map(({ name }) => name);
  const scripts = role === 'controller' ? inUserData() : scriptsFrom(['install', 'boot', ...steps]);
  return [
    ...bootService(release),
    { path: paths.steps, content: `${steps.join('\n')}\n` },
    ...(role === 'controller' ? [{ path: paths.program, content: `${controllerProgram().digest}\n` }] : []),
    ...scriptFiles(scripts, withoutComments),
  ];
}
