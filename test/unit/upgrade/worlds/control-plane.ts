import { releases } from '../../../../releases/index.ts';
import { World } from './world.ts';

/** How the programs in pods do. */
export interface Programs {
  /** What the in-place upgrade says when it fails (default: it doesn't). */
  upgradeFails?: string;
  /** What the backup says when it fails. */
  backupFails?: string;
  /** The backup succeeds, and there is no new one in the bucket. */
  backupLeavesNothing?: boolean;
}

/** DaemonSets of the node agents. */
export const agents = ['calico-node', 'kube-proxy'];

/** A world with what kubeadm keeps, backups configured, and programs that do what they are for. */
export function controlPlaneWorld(programs: Programs = {}): World {
  const world = new World({ workloads: [] });
  const { objects, nodes, clock, stacks } = world;
  const configuration = (version: string) => ({
    metadata: { name: 'kubeadm-config' },
    data: {
      ClusterConfiguration: `clusterName: demo\nkubernetesVersion: v${version}\ncontrolPlaneEndpoint: kube-api.demo.example.com:6443\n`,
    },
  });
  objects.create('ConfigMap', configuration(releases['1.21'].kubernetesVersion));
  objects.create('CronJob', { metadata: { name: 'kubezero-backup' }, spec: { jobTemplate: { spec: {} } } });
  for (const name of agents)
    objects.create('DaemonSet', {
      metadata: { name },
      spec: { selector: { matchLabels: { app: name } }, template: { metadata: {} } },
    });
  stacks.outputs.modules = { releases: { network: '1.21', addons: '1.21' }, crds: {}, namespaces: {} };
  world.podStarted = (node) =>
    clock.after(5, () => {
      const pod = objects.find('Pod', 'kubezero-upgrade');
      if (!pod) return;
      if (programs.upgradeFails) {
        const state = { terminated: { message: programs.upgradeFails } };
        Object.assign(pod.status, { phase: 'Failed', containerStatuses: [{ state }] });
        return;
      }
      const { kubernetesVersion } = releases['1.22'];
      objects.replace('ConfigMap', 'kubeadm-config', configuration(kubernetesVersion));
      for (const component of ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'])
        nodes.restartStatic(node, component, kubernetesVersion);
      pod.status.phase = 'Succeeded';
    });
  world.jobStarted = () =>
    clock.after(5, () => {
      const job = objects.find('Job', 'backup-cluster-now');
      if (!job) return;
      if (programs.backupFails) {
        job.status.conditions = [{ type: 'Failed', status: 'True', message: programs.backupFails }];
        return;
      }
      if (!programs.backupLeavesNothing) world.backupAt = clock.now;
      job.status.succeeded = 1;
    });
  clock.pass(30);
  return world;
}
