import type { Layer } from '../../../environment/outputs.ts';
import { isReady, kubeletVersion, listNodes, type Wait } from '../../live/kubernetes/health.ts';
import type { StackTarget, StepBehaviour, UpgradeContext } from '../context.ts';
import { groupsOf } from '../machine-groups.ts';
import { updateTo } from '../stack-update.ts';

/**
 * Step 4: the stack of the control plane or of the workers goes to the new Kubernetes version. That makes new launch
 * template versions; machines are replaced by the steps that follow, never by this one.
 */
export function launchTemplates(layer: Extract<Layer, 'controllers' | 'workers'>): StepBehaviour {
  return {
    async done({ stacks, to }) {
      return (await stacks.deployed(layer)).release === to.id;
    },
    target: (context) => target(context, layer),
    preview: async () => ({ notes: [], blockers: [] }),
    run: async (context) => updateTo(context, await target(context, layer)),
    gates: (context) => [{ name: 'no machine replaced yet', check: () => replaced(context, layer) }],
  };
}

async function target(
  { stacks, to }: Pick<UpgradeContext, 'to'> & { stacks: Pick<UpgradeContext['stacks'], 'deployed'> },
  layer: 'controllers' | 'workers',
): Promise<StackTarget> {
  return layer === 'controllers'
    ? { layer, desired: { release: to.id } }
    : { layer, desired: { release: to.id, surge: (await stacks.deployed('workers')).surge } };
}

/**
 * Machines that are being replaced: one is missing, or one of the new template hasn't joined. One that has is as good as
 * the steps that follow make it: its group has replaced a machine that failed, or those steps ran before.
 */
async function replaced(context: UpgradeContext, layer: 'controllers' | 'workers'): Promise<Wait[]> {
  const { aws, cluster, to } = context;
  const nodes = await listNodes(cluster);
  const hasJoined = (instanceId: string) =>
    nodes.some(
      (node) =>
        node.spec?.providerID?.endsWith(`/${instanceId}`) &&
        isReady(node) &&
        kubeletVersion(node) === to.kubernetesVersion,
    );
  const waits = await Promise.all(
    (await groupsOf(context.stacks, layer)).map(async ({ name, templateVersion }): Promise<Wait[]> => {
      const object = `Auto Scaling group ${name}`;
      const [{ desired }, instances] = await Promise.all([aws.describeGroup(name), aws.instancesOfGroup(name)]);
      const live = instances.filter(({ lifecycleState }) => !lifecycleState.startsWith('Terminat'));
      const fresh = live.filter((one) => one.launchTemplateVersion === templateVersion && !hasJoined(one.instanceId));
      return [
        ...(live.length < desired ? [{ object, reason: `${live.length} of ${desired} machines` }] : []),
        ...fresh.map(({ instanceId }) => ({ object, reason: `${instanceId} takes the place of another one already` })),
      ];
    }),
  );
  return waits.flat();
}
