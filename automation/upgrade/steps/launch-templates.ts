import type { Layer } from '../../../stacks/outputs.ts';
import { instancesOfGroup } from '../../aws/index.ts';
import type { StackTarget, StepBehaviour, UpgradeContext } from '../context.ts';
import { updateTo } from '../stack-update.ts';

/**
 * Step 4: the stack of the control plane or of the workers goes to the new Kubernetes version. That makes new launch
 * template versions; machines are replaced by the steps that follow, never by this one.
 */
export function launchTemplates(layer: Extract<Layer, 'controllers' | 'workers'>): StepBehaviour {
  const before = new Map<string, Set<string>>();
  return {
    async done({ stacks, to }) {
      return (await stacks.deployed(layer)).release === to.id;
    },
    target: (context) => target(context, layer),
    preview: async () => ({ notes: [], blockers: [] }),
    async run(context) {
      for (const group of await groupNames(context, layer)) {
        before.set(group, new Set((await instancesOfGroup(group)).map((instance) => instance.instanceId)));
      }
      await updateTo(context, await target(context, layer));
    },
    gates: () => [
      {
        name: 'no machine replaced yet',
        check: async () => {
          const waits = [];
          for (const [group, instances] of before) {
            const now = await instancesOfGroup(group);
            const missing = [...instances].filter((id) => !now.some((instance) => instance.instanceId === id));
            if (missing.length > 0)
              waits.push({ object: `Auto Scaling group ${group}`, reason: `replaced ${missing.join(', ')}` });
          }
          return waits;
        },
      },
    ],
  };
}

async function target({ stacks, to }: UpgradeContext, layer: 'controllers' | 'workers'): Promise<StackTarget> {
  return layer === 'controllers'
    ? { layer, desired: { release: to.id } }
    : { layer, desired: { release: to.id, surge: (await stacks.deployed('workers')).surge } };
}

async function groupNames({ stacks }: UpgradeContext, layer: 'controllers' | 'workers'): Promise<string[]> {
  return layer === 'controllers'
    ? Object.values((await stacks.deployed('controllers')).autoScalingGroups)
    : Object.values((await stacks.deployed('workers')).groups).map((group) => group.autoScalingGroup);
}
