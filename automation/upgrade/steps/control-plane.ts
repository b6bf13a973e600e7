import type { V1DaemonSet } from '@kubernetes/client-node';
import { controllerTopology, upgradeConfiguration } from '../../../infra/node/upgrade.ts';
import type { StepAction } from '../../../releases/upgrade.ts';
import { find } from '../../cluster/client.ts';
import { apiServerVersions, clusterConfiguration } from '../../cluster/control-plane.ts';
import { kiamLeftovers, removeKiam } from '../../cluster/kiam.ts';
import { allPodsRunning, controlPlaneWhole, nodesReady } from '../../gates/conditions.ts';
import { runBackup } from '../backup.ts';
import type { StepBehaviour, UpgradeContext } from '../context.ts';
import { updateStack } from '../stack-update.ts';
import { copyCniBinaries, upgradeInPlace } from '../upgrade-pod.ts';
import { areDelivered, enabled, raiseModules } from './modules.ts';

type Action = Extract<StepAction, { kind: 'control-plane' }>;
const namespace = 'kube-system';

/**
 * Step 3, "Trigger the cluster upgrade": what upstream's upgrade_cluster.sh and `kubezero.sh upgrade` do, as module
 * updates and gated actions: CNI binaries to their new place, `kubeadm upgrade` by a pod on one controller, Kiam's
 * leftovers away, network and addons (with the RuntimeClass) to the new release, a backup, restarts of node agents.
 */
export function controlPlane(action: Action): StepBehaviour {
  return {
    async done(context) {
      if (!(await areDelivered(context, action.modules)) || !(await isUpgraded(context))) return false;
      // Each controller that boots later applies kube-proxy anew, without the mark of its restart.
      const { release } = await context.stacks.deployed('controllers');
      return release === context.to.id || (await toRestart(context, action)).length === 0;
    },
    target: async (context) => ({ layer: 'modules', desired: await raiseModules(context, action.modules) }),
    async preview(context) {
      const [upgraded, kiam, restarts] = await Promise.all([
        isUpgraded(context),
        kiamLeftovers(context.cluster),
        toRestart(context, action),
      ]);
      const notes = [
        ...(upgraded
          ? []
          : [
              'copy the CNI binaries to /usr/libexec/cni on every node',
              `kubeadm upgrade to ${context.to.kubernetesVersion} by a pod on ${await targetController(context)}`,
            ]),
        ...kiam.map((object) => `delete ${object}`),
        `${enabled(context, action.modules).join(' and ')} to ${context.to.id}`,
        'take an etcd snapshot',
        ...restarts.map((name) => `restart DaemonSet ${namespace}/${name}`),
      ];
      return { notes, blockers: [] };
    },
    async run(context) {
      const { stacks } = context;
      if (!(await isUpgraded(context))) {
        await copyCniBinaries(context);
        await context.pass(controlPlaneWhole(context));
        const files = upgradeConfiguration(context.environment, await stacks.deployed('network'), context.to);
        await upgradeInPlace(context, await targetController(context), files);
        await context.pass(controlPlaneWhole(context));
      }
      for (const object of await removeKiam(context.cluster)) context.act('delete', object);
      if (!(await areDelivered(context, action.modules))) {
        await updateStack(context, 'modules', await raiseModules(context, action.modules));
      }
      await runBackup(context);
      for (const name of await toRestart(context, action)) await restart(context, name);
    },
    gates: (context) => [
      {
        name: `API serves ${context.to.kubernetesVersion}`,
        check: async () => {
          const versions = Object.values(await apiServerVersions(context.cluster));
          return versions.includes(context.to.kubernetesVersion)
            ? []
            : [{ object: 'kube-apiserver', reason: `all at ${[...new Set(versions)].join(', ')}` }];
        },
      },
      controlPlaneWhole(context),
      nodesReady(context),
      allPodsRunning(context),
    ],
  };
}

/** The in-place upgrade happened: kubeadm recorded the new version, and a controller's API server runs it. */
async function isUpgraded({ cluster, to }: UpgradeContext): Promise<boolean> {
  const [configuration, versions] = await Promise.all([clusterConfiguration(cluster), apiServerVersions(cluster)]);
  return (
    configuration?.kubernetesVersion === to.kubernetesVersion && Object.values(versions).includes(to.kubernetesVersion)
  );
}

/** The controller of the first zone: upstream runs the pod on any one of them. */
async function targetController({ stacks }: UpgradeContext): Promise<string> {
  return controllerTopology((await stacks.deployed('controllers')).nodeNames)[0]!.nodeName;
}

const restartedFor = 'kubezero.com/restarted-for';

/** DaemonSets of the list that exist and weren't restarted for the new version yet. */
async function toRestart({ cluster, to }: UpgradeContext, action: Action): Promise<string[]> {
  const sets = await Promise.all(
    action.restartDaemonSets.map((name) => find(cluster.apps.readNamespacedDaemonSet({ name, namespace }))),
  );
  return sets
    .filter((set): set is V1DaemonSet => set !== undefined)
    .filter((set) => set.spec?.template.metadata?.annotations?.[restartedFor] !== to.kubernetesVersion)
    .map((set) => set.metadata!.name!);
}

/** `kubectl rollout restart`, by an annotation that says for which version: a second run finds it and leaves it. */
async function restart({ cluster, to, act }: UpgradeContext, name: string): Promise<void> {
  const set = await cluster.apps.readNamespacedDaemonSet({ name, namespace });
  const annotations = { ...set.spec?.template.metadata?.annotations, [restartedFor]: to.kubernetesVersion };
  await cluster.apps.patchNamespacedDaemonSet({
    name,
    namespace,
    body: [{ op: 'add', path: '/spec/template/metadata/annotations', value: annotations }],
  });
  act('restart', `DaemonSet ${namespace}/${name}`);
}
