import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../../repository/root.ts';
import type { WorkerGroup } from '../../stacks/environment.ts';
import { type ControllerPlace, hasNeuron, type NodeCluster, paths, since } from './cluster.ts';
import { coreDnsPatch } from './coredns.ts';
import { crioConfiguration } from './crio.ts';
import { controllerKubeadm, patchArguments, workerJoin } from './kubeadm.ts';
import { credentialProvider } from './kubelet.ts';
import type { MachineFile } from './machine-file.ts';
import { controllerNode, describeController, describeWorker, workerNode } from './node-description.ts';
import { staticPodPatches } from './patches.ts';
import { apiServerFiles } from './policies.ts';
import { toYaml } from './yaml.ts';

const scripts = {
  controller: [
    'node.sh',
    'etcd-volume',
    'pki',
    'configure',
    'wait-for-api',
    'register',
    'api-record',
    'publish-join-token',
    'coredns',
  ],
  worker: ['node.sh', 'configure'],
} as const;

/**
 * User data of a controller: its configuration and the commands that make it one, in order. The etcd volume comes
 * first, so that a replaced machine finds its member's data; the shared keys next, so that all controllers speak for
 * the same cluster.
 */
export function controllerUserData(cluster: NodeCluster, machine: ControllerPlace & { etcdVolumeId: string }): string {
  const config = ['--config', paths.kubeadm];
  const phase = (...names: string[]) => ['kubeadm', 'init', 'phase', ...names];
  const patched = patchArguments(cluster);
  return cloudConfig({
    files: [
      { path: paths.node, content: toYaml(describeController(cluster, machine)) },
      {
        path: paths.kubeadm,
        content: controllerKubeadm(cluster, controllerNode(cluster, machine.zone)),
        permissions: '0600',
      },
      { path: paths.coreDns, content: toYaml(coreDnsPatch(cluster)) },
      ...apiServerFiles(cluster),
      ...staticPodPatches(cluster.release),
      ...nodeFiles(cluster, cluster.environment.controllers.instanceType),
      ...scriptFiles('controller'),
    ],
    commands: [
      [`${paths.scripts}/etcd-volume`],
      [`${paths.scripts}/pki`],
      [`${paths.scripts}/configure`],
      [...phase('certs', 'all'), ...config],
      [...phase('kubeconfig', 'all'), ...config],
      [...phase('etcd', 'local'), ...config, ...patched],
      [...phase('control-plane', 'all'), ...config, ...patched],
      [...phase('kubelet-start'), ...config],
      [`${paths.scripts}/wait-for-api`],
      [`${paths.scripts}/register`],
      [...phase('upload-config', 'all'), ...config],
      [...phase('bootstrap-token'), ...config],
      [...phase('mark-control-plane'), ...config],
      [...phase('addon', 'all'), ...config],
      [`${paths.scripts}/coredns`],
    ],
  });
}

/** User data of every machine of a worker group. */
export function workerUserData(cluster: NodeCluster, group: WorkerGroup): string {
  return cloudConfig({
    files: [
      { path: paths.node, content: toYaml(describeWorker(cluster, group)) },
      { path: paths.join, content: workerJoin(cluster, workerNode(cluster, group)), permissions: '0600' },
      ...nodeFiles(cluster, group.instanceType),
      ...scriptFiles('worker'),
    ],
    commands: [[`${paths.scripts}/configure`], ['kubeadm', 'join', '--config', paths.join]],
  });
}

/** What controllers and workers have in common. */
function nodeFiles({ release }: NodeCluster, instanceType: string): MachineFile[] {
  // kube-proxy in ipvs mode needs the first four; br_netfilter and overlay are cri-o's.
  const modules = ['ip_vs', 'ip_vs_rr', 'ip_vs_wrr', 'ip_vs_sh', 'br_netfilter', 'overlay'];
  if (hasNeuron(release, instanceType)) modules.push('neuron');
  return [
    crioConfiguration(release),
    { path: paths.modules, content: `${modules.join('\n')}\n` },
    ...(since(release, 22)
      ? [{ path: `${paths.kubelet}/credential-provider.yaml`, content: toYaml(credentialProvider()) }]
      : []),
  ];
}

function scriptFiles(role: keyof typeof scripts): MachineFile[] {
  return scripts[role].map((name) => ({
    path: `${paths.scripts}/${name}`,
    content: withoutComments(readScript(name)),
    permissions: '0755',
  }));
}

/** Source of a machine's script, as it is in the repository. */
export function readScript(name: string): string {
  return readFileSync(join(repositoryRoot, 'infra/node/scripts', name.endsWith('.sh') ? name : `${name}.sh`), 'utf8');
}

/** User data is short of room: a script travels without its comments and empty lines. */
function withoutComments(script: string): string {
  const [shebang, ...lines] = script.split('\n');
  return `${[shebang, ...lines.filter((line) => !/^\s*(#|$)/.test(line))].join('\n')}\n`;
}

function cloudConfig({ files, commands }: { files: MachineFile[]; commands: string[][] }): string {
  return `#cloud-config\n${toYaml({ write_files: files, runcmd: commands })}`;
}
