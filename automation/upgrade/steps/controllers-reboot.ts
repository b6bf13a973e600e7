import type { V1Node } from '@kubernetes/client-node';
import type { ControllersOutputs } from '../../../environment/outputs.ts';
import type { AwsReader, GroupInstance } from '../../live/aws/index.ts';
import { allPodsRunning, controlPlaneWhole, nodesReady } from '../../live/gates/conditions.ts';
import type { Gate } from '../../live/gates/gate.ts';
import { find } from '../../live/kubernetes/client.ts';
import { controlPlanePods, imageVersion } from '../../live/kubernetes/control-plane.ts';
import { drain } from '../../live/kubernetes/drain.ts';
import { isReady, kubeletVersion, unhealthyPods, type Wait } from '../../live/kubernetes/health.ts';
import type { StepBehaviour, UpgradeContext } from '../context.ts';

/** One controller: its zone, node name, and the machine that is it now. */
interface Controller {
  zone: string;
  node: string;
  volumeId: string;
  instance?: GroupInstance;
  /** The machine runs an older launch template than the group's newest. */
  outdated: boolean;
}

/**
 * Step 5, "Reboot controllers one by one; wait each time for controller to join and all pods running". A reboot is a
 * replacement of the machine by its Auto Scaling group: the new one attaches the zone's etcd volume and goes on as the
 * same etcd member. The next one is touched only when every member is healthy, so quorum is never at stake.
 */
export const controllersReboot: StepBehaviour = {
  async done(context) {
    const controllers = await listControllers(context);
    return controllers.every((c) => !c.outdated) && (await notJoined(context, controllers)).length === 0;
  },
  async preview(context) {
    const all = (await context.stacks.deployed('controllers')).release !== context.to.id;
    const notes = (await listControllers(context))
      .filter((controller) => all || controller.outdated)
      .map((c) => `replace controller ${c.node} (${c.instance?.instanceId}, ${c.zone})`);
    return { notes, blockers: [] };
  },
  async run(context) {
    for (;;) {
      // Read anew for each: the machines behind the names change while we work. A controller that a killed run has
      // drained comes first, since its pods may have nowhere to go until it is back.
      const outdated = (await listControllers(context)).filter((controller) => controller.outdated);
      if (outdated.length === 0) return;
      const cordoned = await Promise.all(outdated.map((controller) => isCordoned(context, controller.node)));
      const interrupted = outdated.find((_, index) => cordoned[index]);
      if (!interrupted) await context.pass(allPodsRunning(context));
      const controller = interrupted ?? outdated[0]!;
      await replace(context, controller);
      await context.pass(joined(context, controller.zone));
      await context.pass(controlPlaneWhole(context));
      await context.pass(allPodsRunning(context));
    }
  },
  gates: (context) => [
    nodesReady(context, { version: context.to.kubernetesVersion, which: 'controllers' }),
    controlPlaneWhole(context),
    {
      name: `every API server at ${context.to.kubernetesVersion}`,
      check: async () =>
        (await controlPlanePods(context.cluster))['kube-apiserver'].flatMap((pod): Wait[] =>
          imageVersion(pod) === context.to.kubernetesVersion
            ? []
            : [{ object: `Pod kube-system/${pod.metadata?.name}`, reason: `at ${imageVersion(pod)}` }],
        ),
    },
    allPodsRunning(context),
  ],
};

async function replace(context: UpgradeContext, controller: Controller): Promise<void> {
  const { cluster, aws, options, signal, act } = context;
  const { instanceId } = controller.instance!;
  await context.pass(controlPlaneWhole(context));
  await context.pass(volumeInPlace(aws, controller, instanceId));
  if (await find(cluster.core.readNode({ name: controller.node }))) {
    act('drain', `Node ${controller.node}`);
    await drain(cluster, controller.node, {
      timeoutSeconds: options.drainTimeoutSeconds,
      onWait: (waits) => context.waiting(`drain of ${controller.node}`, waits),
      signal,
    });
    await context.pass(evictedPodsRunning(context));
  }
  await aws.replaceInstance(instanceId);
  act('replace', `Instance ${instanceId} (controller ${controller.node})`);
}

/** What was evicted runs elsewhere again; but for pods that no other controller can take until this one is back. */
function evictedPodsRunning(context: UpgradeContext): Gate {
  return {
    name: 'evicted pods running elsewhere',
    check: async () =>
      (await unhealthyPods(context.cluster)).filter(({ reason }) => !reason.startsWith('Unschedulable')),
  };
}

async function isCordoned({ cluster }: UpgradeContext, node: string): Promise<boolean> {
  return Boolean((await find(cluster.core.readNode({ name: node })))?.spec?.unschedulable);
}

/** The zone's etcd volume is attached to the machine that is about to go, and lies in its zone. */
function volumeInPlace(aws: AwsReader, { volumeId, zone }: Controller, instanceId: string): Gate {
  return {
    name: `etcd volume of ${zone} in place`,
    check: async () => {
      const found = await aws.volume(volumeId);
      const object = `Volume ${volumeId}`;
      if (!found) return [{ object, reason: 'not there' }];
      if (found.zone !== zone) return [{ object, reason: `is in ${found.zone}, not ${zone}` }];
      return found.attachedTo === instanceId
        ? []
        : [{ object, reason: `attached to ${found.attachedTo ?? 'nothing'}, not ${instanceId}` }];
    },
  };
}

/** The zone's controller is a machine of the newest template, holds the zone's etcd volume, and its node is Ready at the new version. */
function joined(context: UpgradeContext, zone: string): Gate {
  return {
    name: `controller of ${zone} joined at ${context.to.kubernetesVersion}`,
    check: async () => {
      const controller = (await listControllers(context)).find((c) => c.zone === zone)!;
      const waits = await notJoined(context, [controller]);
      if (waits.length > 0) return waits;
      return volumeInPlace(context.aws, controller, controller.instance!.instanceId).check();
    },
  };
}

async function notJoined({ cluster, to }: UpgradeContext, controllers: Controller[]): Promise<Wait[]> {
  const waits: Wait[] = [];
  for (const { node, zone, instance, outdated } of controllers) {
    if (!instance || outdated) {
      waits.push({
        object: `Auto Scaling group of ${zone}`,
        reason: instance ? `${instance.instanceId} is still the old machine` : 'no machine yet',
      });
      continue;
    }
    const found: V1Node | undefined = await find(cluster.core.readNode({ name: node }));
    const object = `Node ${node}`;
    if (!found) waits.push({ object, reason: `${instance.instanceId} hasn’t joined yet` });
    else if (!found.spec?.providerID?.endsWith(`/${instance.instanceId}`))
      waits.push({ object, reason: 'still the node of the old machine' });
    else if (!isReady(found)) waits.push({ object, reason: 'NotReady' });
    else if (kubeletVersion(found) !== to.kubernetesVersion)
      waits.push({ object, reason: `kubelet at ${kubeletVersion(found)}` });
  }
  return waits;
}

async function listControllers({ stacks, aws }: UpgradeContext): Promise<Controller[]> {
  const outputs: ControllersOutputs = await stacks.deployed('controllers');
  return Promise.all(
    Object.keys(outputs.autoScalingGroups)
      .sort()
      .map(async (zone) => {
        const instances = await aws.instancesOfGroup(outputs.autoScalingGroups[zone]!);
        const live = instances.filter((instance) => !instance.lifecycleState.startsWith('Terminat'));
        const newest = outputs.launchTemplates[zone]!.version;
        const instance = live[0];
        return {
          zone,
          node: outputs.nodeNames[zone]!,
          volumeId: outputs.etcdVolumeIds[zone]!,
          instance,
          outdated: instance !== undefined && Number(instance.launchTemplateVersion) !== newest,
        };
      }),
  );
}
