import type { StackOutputs } from '../engine/stacks.ts';
import type { AwsReader } from '../live/aws/index.ts';

/** An Auto Scaling group, with the newest version of its launch template. */
interface MachineGroup {
  name: string;
  templateVersion: number;
}

/** The groups of a layer. */
export async function groupsOf(
  stacks: Pick<StackOutputs, 'deployed'>,
  layer: 'controllers' | 'workers',
): Promise<MachineGroup[]> {
  if (layer === 'workers')
    return Object.values((await stacks.deployed('workers')).groups).map(
      ({ autoScalingGroup, launchTemplateVersion }) => ({
        name: autoScalingGroup,
        templateVersion: launchTemplateVersion,
      }),
    );
  const { autoScalingGroups, launchTemplates: templates } = await stacks.deployed('controllers');
  return Object.entries(autoScalingGroups).map(([zone, name]) => ({ name, templateVersion: templates[zone]!.version }));
}

/** Whether there is a machine that hasn't been replaced since its launch template has changed. */
export async function hasOldMachines(
  stacks: Pick<StackOutputs, 'deployed'>,
  aws: Pick<AwsReader, 'instancesOfGroup'>,
): Promise<boolean> {
  const layers = ['controllers', 'workers'] as const;
  const groups = (await Promise.all(layers.map((layer) => groupsOf(stacks, layer)))).flat();
  const old = await Promise.all(
    groups.map(async ({ name, templateVersion }) =>
      (await aws.instancesOfGroup(name)).some(
        ({ lifecycleState, launchTemplateVersion }) =>
          !lifecycleState.startsWith('Terminat') && launchTemplateVersion !== templateVersion,
      ),
    ),
  );
  return old.includes(true);
}
