import { controllerTopology, upgradeConfiguration } from '../../../infra/node/upgrade.ts';
import type { ControlPlaneAction } from '../../../releases/upgrade.ts';
import { allPodsRunning, controlPlaneWhole, nodesReady } from '../../live/gates/conditions.ts';
import { apiServerVersions, clusterConfiguration } from '../../live/kubernetes/control-plane.ts';
import { presentObjects, removeObjects } from '../../live/kubernetes/named-objects.ts';
import { runBackup } from '../backup.ts';
import type { StepBehaviour, UpgradeContext } from '../context.ts';
import { runOnEveryNode } from '../node-command.ts';
import { updateStack } from '../stack-update.ts';
import { isUpgradePodThere, upgradeInPlace } from '../upgrade-pod.ts';
import { areDelivered, enabled, raiseModules } from './modules.ts';
import { restart, toRestart, unfinishedRestarts } from './restarts.ts';

/**
 * "Trigger the cluster upgrade": what upstream's upgrade_cluster.sh and `kubezero.sh upgrade` do, as module updates and
 * gated actions: the release's commands on every node, `kubeadm upgrade` by a pod on one controller, left-overs of the
 * release before away, some modules to the new release (with addons comes the RuntimeClass), a backup, restarts of node
 * agents.
 */
export function controlPlane(action: ControlPlaneAction): StepBehaviour {
  const { onEveryNode = [], remove = [] } = action;
  return {
    async done(context) {
      if (!(await areDelivered(context, action.modules)) || !(await isUpgraded(context))) return false;
      // What goes on with the DaemonSets afterwards is the later steps' business.
      const { release } = await context.stacks.deployed('controllers');
      if (release === context.to.id) return true;
      const { restartDaemonSets } = action;
      if ((await toRestart(context, restartDaemonSets)).length > 0) return false;
      return (await unfinishedRestarts(context, restartDaemonSets)).length === 0;
    },
    target: async (context) => ({ layer: 'modules', desired: await raiseModules(context, action.modules) }),
    async preview(context) {
      const [upgraded, leftOvers, restarts] = await Promise.all([
        isUpgraded(context),
        presentObjects(context.cluster, remove),
        toRestart(context, action.restartDaemonSets),
      ]);
      const notes = [
        ...(upgraded
          ? []
          : [
              ...onEveryNode.map(({ what }) => `${what} on every node`),
              `kubeadm upgrade to ${context.to.kubernetesVersion} by a pod on ${await targetController(context)}`,
            ]),
        ...leftOvers.map((object) => `delete ${object}`),
        `${enabled(context, action.modules).join(' and ')} to ${context.to.id}`,
        'take an etcd snapshot',
        ...restarts.map((name) => `restart DaemonSet kube-system/${name}, and wait for it`),
      ];
      return { notes, blockers: [] };
    },
    async run(context) {
      const { stacks } = context;
      if (!(await isUpgraded(context))) {
        for (const command of onEveryNode) await runOnEveryNode(context, command);
        await context.pass(controlPlaneWhole(context));
        const files = upgradeConfiguration(context.environment, await stacks.deployed('network'), context.to);
        await upgradeInPlace(context, await targetController(context), files);
        await context.pass(controlPlaneWhole(context));
      }
      for (const object of await removeObjects(context.cluster, remove)) context.act('delete', object);
      if (!(await areDelivered(context, action.modules))) {
        await updateStack(context, 'modules', await raiseModules(context, action.modules));
      }
      await runBackup(context);
      for (const name of action.restartDaemonSets) await restart(context, name);
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

/** The in-place upgrade happened: kubeadm recorded the new version, a controller's API server runs it, and its pod is done. */
async function isUpgraded({ cluster, to }: UpgradeContext): Promise<boolean> {
  const [configuration, versions, isUnderWay] = await Promise.all([
    clusterConfiguration(cluster),
    apiServerVersions(cluster),
    isUpgradePodThere({ cluster }),
  ]);
  return (
    !isUnderWay &&
    configuration?.kubernetesVersion === to.kubernetesVersion &&
    Object.values(versions).includes(to.kubernetesVersion)
  );
}

/** The controller of the first zone: upstream runs the pod on any one of them. */
async function targetController({ stacks }: UpgradeContext): Promise<string> {
  return controllerTopology((await stacks.deployed('controllers')).nodeNames)[0]!.nodeName;
}
