import { existsSync } from 'node:fs';
import type { Environment } from '../../environment/environment.ts';
import type { DesiredState, ModulesOutputs } from '../../environment/outputs.ts';
import { exitCode, UserError } from '../../errors/index.ts';
import type { ModuleId } from '../../releases/release.ts';
import { type DeliveryPhase, isPassing, type ManifestFile } from '../../stacks/delivery.ts';
import type { StackPlan } from '../engine/changes/schema.ts';
import { type Guarding, guardUpdate } from '../engine/guarded.ts';
import type { StackOperationOptions, StackWriter } from '../engine/stacks.ts';
import type { Gate } from '../live/gates/gate.ts';
import { checkGit, commitDirectoryAndPush } from '../live/git.ts';
import { type Cluster, openCluster } from '../live/kubernetes/client.ts';
import { applicationsSynced } from './applications.ts';
import { letGo } from './let-go.ts';
import { describeManifests, manifestChanges, manifestsOf, writeManifests } from './manifests.ts';
import { movedObjects, protectMoved } from './moves.ts';

export interface DeliverContext {
  environment: Environment;
  stacks: StackWriter;
  signal?: AbortSignal;
  /** An update that would delete or replace cluster data which isn't allowed by name is refused. */
  guarding: Guarding;
  onChange?: StackOperationOptions['onChange'];
  /** Told of each update of the stack that is through. */
  onUpdate(plan: StackPlan): void;
  /** Reports an action beside the stack, e.g. `pushed`, `commit 1234567 to origin/main`. */
  act(what: string, object: string): void;
  /** Waits for a gate. */
  pass(gate: Gate): Promise<void>;
}

/** Most updates that a change of delivery takes. */
const mostUpdates = 4;

/**
 * Brings the modules layer to a desired state, whoever delivers the modules: manifests that ArgoCD is to find are
 * committed and pushed, then the stack is updated, then ArgoCD syncs. Where a module changes hands, or an Application
 * goes with its objects, the stack is updated again until every module is where environment.yaml wants it. May be
 * killed at any time and called again.
 */
export async function deliverModules(context: DeliverContext, desired: DesiredState['modules']): Promise<StackPlan[]> {
  const { environment, stacks, signal } = context;
  if (environment.delivery === 'argocd' || (await stacks.outputs('modules'))) {
    let manifests: ManifestFile[] = [];
    const preview = await stacks.preview('modules', desired, { signal, onManifests: (files) => (manifests = files) });
    await guardUpdate('modules', preview, context.guarding);
    // Before the stack: its Applications are to find what they name.
    if (environment.delivery === 'argocd') await publish(context, manifests);
  }
  const plans: StackPlan[] = [];
  for (let update = 0; update < mostUpdates; update++) {
    const plan = await stacks.up('modules', desired, { signal, onChange: context.onChange });
    plans.push(plan);
    context.onUpdate(plan);
    const outputs = await stacks.deployed('modules');
    const gate = syncGate(environment, outputs);
    if (gate) await context.pass(gate);
    if (!isPassing(outputs.delivery ?? {})) break;
  }
  if (environment.delivery === 'pulumi' && existsSync(manifestsOf(environment))) await finishTaking(context);
  return plans;
}

/** What of the modules ArgoCD has to sync before the update counts as done; undefined where that is nothing. */
export function syncGate(
  environment: Environment,
  outputs: ModulesOutputs,
  only?: readonly ModuleId[],
): Gate | undefined {
  const modules = byArgocd(outputs.delivery, only);
  if (modules.length === 0) return undefined;
  return applicationsSynced({
    environment,
    cluster: openCluster(environment.kubeContext),
    namespace: outputs.namespaces.argocd ?? 'argocd',
    namespaces: outputs.namespaces,
    modules,
  });
}

/** Modules whose objects ArgoCD syncs, of all or of some. */
export function byArgocd(phases: ModulesOutputs['delivery'] = {}, only?: readonly ModuleId[]): ModuleId[] {
  return (Object.entries(phases) as [ModuleId, DeliveryPhase][])
    .filter(([id, phase]) => (phase === 'argocd' || phase === 'handing-over') && (only?.includes(id) ?? true))
    .map(([id]) => id);
}

/** Commits and pushes rendered manifests, where they have changed. */
async function publish(context: DeliverContext, manifests: ManifestFile[]): Promise<void> {
  const { environment, act } = context;
  const git = { environment, workingTree: environment.directory };
  const problems = await checkGit(git);
  if (problems.length > 0) {
    throw new UserError(`manifests of ${environment.name} can't be pushed: ${problems.join('; ')}`, {
      where: environment.directory,
      state: 'nothing was changed',
      fix: 'ArgoCD reads rendered manifests from git: put that right, then run the same command again',
      exitCode: exitCode.blocked,
    });
  }
  const changes = await manifestChanges(environment, manifests);
  const moved = movedObjects(changes);
  if (moved.length > 0) {
    const cluster: Cluster = openCluster(environment.kubeContext);
    for (const object of await protectMoved(cluster, moved)) act('keep from pruning while it moves', object);
  }
  await writeManifests(environment, manifests);
  const message =
    manifests.length > 0
      ? `Render manifests of ${environment.name}: ${describeManifests(changes)}`
      : `Take the manifests of ${environment.name} away: Pulumi delivers its modules`;
  const commit = await commitDirectoryAndPush(git, manifestsOf(environment), message);
  if (commit) act('pushed', `manifests, commit ${commit}, to ${environment.git.remote}/${environment.git.branch}`);
}

/**
 * Takes ArgoCD's traces off the objects that the stack has taken back, and then the manifests out of git: as long as they
 * are there, a run that was killed has this left to do.
 */
async function finishTaking(context: DeliverContext): Promise<void> {
  const { environment, act } = context;
  const count = await letGo(environment, openCluster(environment.kubeContext));
  if (count > 0) act('taken back from ArgoCD', `${count} objects`);
  await publish(context, []);
}
