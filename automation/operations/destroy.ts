import { type Environment, loadEnvironment } from '../../environment/environment.ts';
import { layers } from '../../environment/outputs.ts';
import { type ExitCode, exitCode, UserError } from '../../errors/index.ts';
import { openIfPossible } from '../access/optional.ts';
import { deleteWithObjects, listApplications } from '../delivery/applications.ts';
import { byArgocd } from '../delivery/deliver.ts';
import { Stacks } from '../engine/driver.ts';
import { openEngine } from '../engine/engine.ts';
import type { StackOutputs } from '../engine/stacks.ts';
import { openCluster } from '../live/kubernetes/client.ts';
import type { CommandContext } from '../report/command-context.ts';
import { reportTo } from '../report/events.ts';
import { reportFailure, reportUpdate, titles } from './layers.ts';
import { deleteMachineRecords } from './machine-records.ts';

export interface DestroyOptions {
  env: string;
  yes: boolean;
}

/** `kubezero destroy`: everything but protected data (etcd volumes, backups, keys), in reverse order. */
export async function destroy(argv: DestroyOptions, command: CommandContext): Promise<ExitCode> {
  const environment = loadEnvironment(argv.env, command.stacksDirectory);
  if (!argv.yes) {
    throw new UserError(`destroying ${environment.name} needs a yes`, {
      where: '--yes',
      state: 'nothing was touched',
      fix: `run: kubezero destroy ${environment.name} --yes; etcd volumes, the backup bucket and keys are kept`,
    });
  }
  const stacks = new Stacks(environment, await openEngine(command));
  await openIfPossible({ environment, stacks: () => stacks, command });
  const report = reportTo(await command.openSink());
  const order = [...layers].reverse();
  report({ type: 'run-started', version: 1, command: 'destroy', environment: environment.name });
  for (const layer of order) report({ type: 'step-pending', id: layer, title: titles[layer] });
  for (const layer of order) {
    const label = { id: layer, title: titles[layer] };
    report({ type: 'step-started', ...label });
    try {
      if (layer === 'modules') await includeDelivered(environment, stacks);
      // The machines are gone by now, and nobody writes them anew.
      if (layer === 'network') await deleteMachineRecords(environment, await stacks.outputs('network'), report);
      const plan = await stacks.destroy(layer, { signal: command.signal });
      reportUpdate(plan, report);
      const outcome = plan.changes.length > 0 ? 'changed' : 'already-done';
      report({ type: 'step-finished', ...label, outcome });
    } catch (error) {
      reportFailure(layer, `${environment.name}: destroying ${layer}`, error, command.signal, report);
      throw error;
    }
  }
  report({
    type: 'run-finished',
    exit: 0,
    summary: `${environment.name} is destroyed; etcd volumes, backups and keys are kept, and the next up goes on with them`,
  });
  return exitCode.ok;
}

/** The stack has only the Applications of what ArgoCD delivers: ArgoCD deletes the objects before those go. */
async function includeDelivered(environment: Environment, stacks: StackOutputs): Promise<void> {
  const outputs = await stacks.outputs('modules');
  const modules = byArgocd(outputs?.delivery);
  if (!outputs || modules.length === 0) return;
  const cluster = openCluster(environment.kubeContext);
  for (const application of await listApplications(cluster, outputs.namespaces.argocd ?? 'argocd'))
    if (modules.some((id) => id === application.metadata.name)) await deleteWithObjects(cluster, application);
}
