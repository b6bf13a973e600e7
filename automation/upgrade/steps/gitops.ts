import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { moduleIds } from '../../../releases/release.ts';
import { byArgocd } from '../../delivery/deliver.ts';
import { applicationsOf } from '../../delivery/gate.ts';
import { stackName, writeDesiredState } from '../../engine/configuration.ts';
import { allPodsRunning, crdsEstablished } from '../../live/gates/conditions.ts';
import { unsyncedApplications } from '../../live/kubernetes/applications.ts';
import type { StepBehaviour, UpgradeContext } from '../context.ts';
import { updateStack } from '../stack-update.ts';
import { areDelivered, enabled, raiseModules } from './modules.ts';

/**
 * Step 7, "git add / commit / push application.yaml and watch ArgoCD do its work": the commit, then the modules that
 * have not been upgraded yet, by a stack update; ArgoCD's Applications must be Synced and Healthy afterwards.
 */
export const gitops: StepBehaviour = {
  async done(context) {
    if (existsSync(previousFile(context)) || (await remaining(context)).length > 0) return false;
    if (!(await context.git.isPushed()) || (await context.git.isTracked(committedPrevious(context)))) return false;
    return areDelivered(context, moduleIds);
  },
  async preview(context) {
    const { remote, branch } = context.environment.git;
    // Plans are made in checkouts that know no remote, too.
    const pushed = await context.git.isPushed().catch(() => undefined);
    const notes = pushed
      ? []
      : [
          `commit application.yaml and push it to ${remote}/${branch}${pushed === undefined ? ', unless that has it: git can’t tell here' : ''}`,
        ];
    return { notes, blockers: [] };
  },
  target: async (context) => ({ layer: 'modules', desired: await raiseModules(context, moduleIds) }),
  async run(context) {
    const { environment, from, to, git } = context;
    // The stack's configuration goes into the same commit, as it will be when this step is done.
    writeDesiredState(
      environment.directory,
      stackName(environment.name, 'modules'),
      await raiseModules(context, moduleIds),
    );
    const { application, configuration } = git.files;
    const commit = await git.commitAndPush(
      [application, ...Object.values(configuration)],
      `Upgrade ${environment.name} from KubeZero ${from.id} to ${to.id}`,
    );
    context.act('pushed', `commit ${commit} to ${environment.git.remote}/${environment.git.branch}`);
    if ((await remaining(context)).length > 0)
      await updateStack(context, 'modules', await raiseModules(context, moduleIds));
    // Every module is rendered from the new application.yaml now.
    rmSync(previousFile(context), { force: true });
    // Where the migration came by a pull request, the old values came with it.
    if (await git.isTracked(committedPrevious(context))) {
      const removal = await git.commitDirectoryAndPush(
        committedPrevious(context),
        `Let the values of ${environment.name} at KubeZero ${from.id} go`,
        'every module is at the new release; the removal of application.previous.yaml is committed locally',
      );
      if (removal) context.act('pushed', `commit ${removal} to ${environment.git.remote}/${environment.git.branch}`);
    }
  },
  gates: (context) => [
    crdsEstablished(context),
    applicationsOf(context, moduleIds),
    {
      name: 'ArgoCD applications Synced and Healthy',
      check: async () => {
        const { delivery } = await context.stacks.deployed('modules');
        return unsyncedApplications(context.cluster, byArgocd(delivery));
      },
    },
    allPodsRunning(context),
  ],
};

async function remaining(context: UpgradeContext) {
  const { releases } = await context.stacks.deployed('modules');
  return enabled(context, moduleIds).filter((id) => releases[id] !== context.to.id);
}

/** The same file in the git working tree: a plan's environment is a copy. */
function committedPrevious({ environment, workingTree }: UpgradeContext): string {
  return join(workingTree, environment.name, 'application.previous.yaml');
}

function previousFile({ environment }: UpgradeContext): string {
  return join(environment.directory, environment.name, 'application.previous.yaml');
}
