import { loadApplication } from '../../../application/application-file.ts';
import type { DesiredState, ModulesOutputs } from '../../../environment/outputs.ts';
import type { ModuleId } from '../../../releases/release.ts';
import type { StepAction } from '../../../releases/upgrade.ts';
import { haveCommittedManifests } from '../../delivery/applications.ts';
import { byArgocd } from '../../delivery/deliver.ts';
import { applicationsOf } from '../../delivery/gate.ts';
import { crdsEstablished, workloadsOf } from '../../live/gates/conditions.ts';
import { find } from '../../live/kubernetes/client.ts';
import type { StepBehaviour, TargetContext, UpgradeContext } from '../context.ts';
import { updateStack } from '../stack-update.ts';

/** `bootstrap.sh crds <modules>`: the CRDs of these modules to the new release, the modules themselves stay. */
export function crds(action: Extract<StepAction, { kind: 'crds' }>): StepBehaviour {
  const desired = async (context: TargetContext) => {
    const deployed = await context.stacks.deployed('modules');
    return { ...moduleState(deployed), crds: raise(deployed.crds, enabled(context, action.modules), context) };
  };
  return {
    async done(context) {
      const deployed = await context.stacks.deployed('modules');
      if (enabled(context, action.modules).every((id) => deployed.crds[id] === context.to.id)) return true;
      const { ifCrdExists: name } = action;
      return name !== undefined && !(await find(context.cluster.crds.readCustomResourceDefinition({ name })));
    },
    target: async (context) => ({ layer: 'modules', desired: await desired(context) }),
    preview: async () => ({ notes: [], blockers: [] }),
    run: async (context) => updateStack(context, 'modules', await desired(context)),
    gates: (context) => [crdsEstablished(context)],
  };
}

/** `bootstrap.sh apply <module>`: these modules to the new release, everything else stays where it is. */
export function modules(action: Extract<StepAction, { kind: 'modules' }>): StepBehaviour {
  return {
    async done(context) {
      return areDelivered(context, action.modules);
    },
    target: async (context) => ({ layer: 'modules', desired: await raiseModules(context, action.modules) }),
    preview: async () => ({ notes: [], blockers: [] }),
    run: async (context) => updateStack(context, 'modules', await raiseModules(context, action.modules)),
    gates: (context) => [applicationsOf(context, action.modules), workloadsOf(context, action.modules)],
  };
}

/** Whether those of the modules that are enabled are at the new release, and where ArgoCD delivers them, synced. */
export async function areDelivered(context: UpgradeContext, ids: readonly ModuleId[]): Promise<boolean> {
  const { environment, cluster, stacks, to, workingTree } = context;
  const { releases, delivery, namespaces } = await stacks.deployed('modules');
  const wanted = enabled(context, ids);
  if (!wanted.every((id) => releases[id] === to.id)) return false;
  const modules = byArgocd(delivery, wanted);
  if (modules.length === 0) return true;
  return haveCommittedManifests({
    environment: { ...environment, directory: workingTree },
    cluster,
    namespace: namespaces.argocd ?? 'argocd',
    modules,
  });
}

/** Desired state with these modules at the new release. */
export async function raiseModules(context: TargetContext, ids: readonly ModuleId[]): Promise<DesiredState['modules']> {
  const deployed = await context.stacks.deployed('modules');
  return { ...moduleState(deployed), releases: raise(deployed.releases, enabled(context, ids), context) };
}

/** Those of the modules that application.yaml enables. */
export function enabled(
  { environment, to }: Pick<UpgradeContext, 'environment' | 'to'>,
  ids: readonly ModuleId[],
): ModuleId[] {
  const { values } = loadApplication(environment);
  return ids.filter((id) => (values[id] as { enabled?: boolean } | undefined)?.enabled && to.modules[id] !== undefined);
}

function moduleState({ releases, crds }: ModulesOutputs): DesiredState['modules'] {
  return { releases, crds };
}

function raise(
  current: ModulesOutputs['releases'],
  ids: ModuleId[],
  { to }: Pick<TargetContext, 'to'>,
): ModulesOutputs['releases'] {
  return { ...current, ...Object.fromEntries(ids.map((id) => [id, to.id])) };
}
