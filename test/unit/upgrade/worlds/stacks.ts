import type { LayerOutputs } from '../../../../environment/outputs.ts';
import { release as releaseOf } from '../../../../releases/index.ts';
import type { ReleaseId } from '../../../../releases/release.ts';
import type { GroupState, Groups } from './groups.ts';
import type { Session } from './session.ts';

type Sizes = Pick<GroupState, 'min' | 'max' | 'desired'>;

/** What the stacks' engine knows: outputs of each layer, and what it has last made of each group. */
export class StackState {
  readonly outputs: LayerOutputs;
  /** The engine compares what a program wants with this, not with what is there. */
  readonly recorded = new Map<string, { sizes: Sizes; release: ReleaseId }>();
  readonly groups: Groups;
  /** Desired states as the stacks' configuration files have them. */
  readonly configuration: Record<string, unknown> = {};

  constructor(outputs: LayerOutputs, groups: Groups) {
    this.outputs = outputs;
    this.groups = groups;
  }
}

/** Stacks as one run has them. An update may be killed after each resource: what is made is recorded, outputs come last. */
export function stacksOf(state: StackState, session: Session) {
  const { outputs, groups, recorded, configuration } = state;
  const templates = async (names: string[], release: ReleaseId) => {
    for (const name of names) {
      if (recorded.get(name)!.release === release) continue;
      await session.change('stacks.template', name, () => {
        groups.get(name).templateVersion += 1;
        recorded.get(name)!.release = release;
      });
    }
  };
  const resize = async (name: string, wanted: Sizes) => {
    const { sizes } = recorded.get(name)!;
    const changed = (['min', 'max', 'desired'] as const).filter((size) => sizes[size] !== wanted[size]);
    if (changed.length === 0) return;
    await session.change('stacks.resize', name, () => {
      groups.resize(name, Object.fromEntries(changed.map((size) => [size, wanted[size]])));
      Object.assign(sizes, wanted);
    });
  };
  const updates = {
    network: async () => undefined,
    async controllers({ release }: { release: ReleaseId }) {
      const { controllers } = outputs;
      await templates(Object.values(controllers.autoScalingGroups), release);
      await session.change('stacks.outputs', 'controllers', () => {
        for (const [zone, template] of Object.entries(controllers.launchTemplates))
          template.version = groups.get(controllers.autoScalingGroups[zone]!).templateVersion;
        Object.assign(controllers, { release, kubernetesVersion: releaseOf(release).kubernetesVersion });
      });
    },
    async workers({ release, surge }: { release: ReleaseId; surge: boolean }) {
      const { workers } = outputs;
      for (const group of Object.values(workers.groups)) {
        const { autoScalingGroup: name, min, max, desired } = group;
        await templates([name], release);
        await resize(
          name,
          surge ? { min, desired: 2 * desired, max: Math.max(2 * desired, 2 * max) } : { min, max, desired },
        );
      }
      await session.change('stacks.outputs', 'workers', () => {
        for (const group of Object.values(workers.groups))
          group.launchTemplateVersion = groups.get(group.autoScalingGroup).templateVersion;
        Object.assign(workers, { release, surge, kubernetesVersion: releaseOf(release).kubernetesVersion });
      });
    },
    modules: async (desired: object) => {
      await session.change('stacks.outputs', 'modules', () => Object.assign(outputs.modules, structuredClone(desired)));
    },
  };
  const deployed = async <L extends keyof LayerOutputs>(layer: L): Promise<LayerOutputs[L]> =>
    session.read('stacks.deployed', () => outputs[layer]);
  const plan = (layer: string) => ({
    stack: `demo-${layer}`,
    layer,
    basis: { kind: 'live' },
    changes: [],
    unchanged: 0,
    outputs: [],
    diagnostics: [],
    policies: [],
  });
  return {
    engineSeconds: 0,
    deployed,
    outputs: deployed,
    preview: async (layer: string) => session.read('stacks.preview', () => plan(layer)),
    async up(layer: keyof LayerOutputs, desired: never) {
      await session.change('stacks.configure', layer, () => {
        configuration[layer] = desired;
      });
      await updates[layer](desired);
      return plan(layer);
    },
  };
}
