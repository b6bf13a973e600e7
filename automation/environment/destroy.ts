import { type ExitCode, exitCode, UserError } from '../../errors/index.ts';
import { type Environment, loadEnvironment } from '../../stacks/environment.ts';
import { layers } from '../../stacks/outputs.ts';
import { openCluster } from '../cluster/client.ts';
import type { CommandContext } from '../commands/definition.ts';
import type { DestroyOptions } from '../commands/destroy.ts';
import { deleteWithObjects, listApplications } from '../delivery/applications.ts';
import { byArgocd } from '../delivery/deliver.ts';
import { reportTo } from '../report/events.ts';
import { Stacks } from '../stack/driver.ts';
import { pulumiHome } from '../stack/engine.ts';
import { reportUpdate, titles } from './layers.ts';

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
  const stacks = new Stacks(environment, await pulumiHome(command));
  const report = reportTo(await command.openSink());
  const order = [...layers].reverse();
  report({ type: 'run-started', version: 1, command: 'destroy', environment: environment.name });
  for (const layer of order) report({ type: 'step-pending', id: layer, title: titles[layer] });
  for (const layer of order) {
    const label = { id: layer, title: titles[layer] };
    report({ type: 'step-started', ...label });
    try {
      if (layer === 'modules') await includeDelivered(environment, stacks);
      const plan = await stacks.destroy(layer, { signal: command.signal });
      reportUpdate(plan, report);
      const outcome = plan.changes.length > 0 ? 'changed' : 'already-done';
      report({ type: 'step-finished', ...label, outcome });
    } catch (error) {
      report({ type: 'step-finished', ...label, outcome: 'failed', detail: (error as Error).message.split('\n')[0] });
      report({
        type: 'run-finished',
        exit: error instanceof UserError ? error.exitCode : exitCode.bug,
        summary: `${environment.name}: destroying ${layer} failed`,
      });
      throw error;
    }
  }
  report({
    type: 'run-finished',
    exit: 0,
    summary: `${environment.name} is destroyed; etcd volumes, backups and keys are kept`,
  });
  return exitCode.ok;
}

/** The stack has only the Applications of what ArgoCD delivers: ArgoCD deletes the objects before those go. */
async function includeDelivered(environment: Environment, stacks: Stacks): Promise<void> {
  const outputs = await stacks.outputs('modules');
  const modules = byArgocd(outputs?.delivery);
  if (!outputs || modules.length === 0) return;
  const cluster = openCluster(environment.kubeContext);
  for (const application of await listApplications(cluster, outputs.namespaces.argocd ?? 'argocd'))
    if (modules.some((id) => id === application.metadata.name)) await deleteWithObjects(cluster, application);
}
