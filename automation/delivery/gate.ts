import type { Environment } from '../../environment/environment.ts';
import type { ModuleId } from '../../releases/release.ts';
import type { StackOutputs } from '../engine/stacks.ts';
import type { Gate } from '../live/gates/gate.ts';
import { syncGate } from './deliver.ts';

/**
 * The Applications of these modules Synced with the committed manifests, and Healthy; holds at once where ArgoCD doesn't
 * deliver them.
 */
export function applicationsOf(
  { environment, stacks }: { environment: Environment; stacks: StackOutputs },
  modules: readonly ModuleId[],
): Gate {
  let gate: Promise<Gate | undefined> | undefined;
  return {
    name: `Applications of ${modules.length > 5 ? 'all modules' : modules.join(', ')}`,
    check: async () => {
      gate ??= stacks.deployed('modules').then((deployed) => syncGate(environment, deployed, modules));
      return (await gate)?.check() ?? [];
    },
  };
}
