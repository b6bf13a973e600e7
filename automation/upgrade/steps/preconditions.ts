import { exitCode, UserError } from '../../../errors/index.ts';
import { replacementOf } from '../../../releases/served-apis.ts';
import { allPodsRunning, controlPlaneWhole, nodesReady } from '../../live/gates/conditions.ts';
import { findUse } from '../../live/kubernetes/abandoned.ts';
import { deprecatedApisInUse } from '../../live/kubernetes/removed-apis.ts';
import { backupProblem, runBackup } from '../backup.ts';
import type { StepBehaviour, UpgradeContext } from '../context.ts';
import { renderingProblems, replacedApis } from '../rendering.ts';

/**
 * Everything that must hold before the first change. Problems are collected and reported together. A missing or
 * old etcd snapshot is not a problem but taken care of: a backup is run and awaited.
 */
export const preconditions: StepBehaviour = {
  done: async () => false,
  gates: () => [],
  async preview(context) {
    const [problems, git] = await Promise.all([findProblems(context), context.git.problems()]);
    const stale = await backupProblem(context);
    const notes = [
      // Plans are made anywhere, of pull requests too, whose checkouts are on no branch: only who runs it has to push.
      ...git.map((problem) => `to be put right where it runs: ${problem}`),
      ...(stale ? [`take an etcd snapshot: ${stale}`] : []),
      ...((await isUnderWay(context)) ? [] : await replacedApis(context)),
      ...adviceFor(context),
    ];
    return { notes, blockers: problems };
  },
  async run(context) {
    const problems = (await Promise.all([findProblems(context), context.git.problems()])).flat();
    if (problems.length > 0) {
      throw new UserError(`the upgrade can't start:\n  ${problems.join('\n  ')}`, {
        state: 'nothing was changed',
        fix: 'mend these, then run the same command again',
        exitCode: exitCode.blocked,
      });
    }
    for (const advice of adviceFor(context)) context.warn(advice);
    // In the middle of an upgrade the steps have gates of their own: a node that a killed run cordoned, say, keeps a
    // pod pending until the step that cordoned it goes on.
    if (!(await isUnderWay(context))) {
      for (const gate of [nodesReady(context), controlPlaneWhole(context), allPodsRunning(context)])
        await context.pass(gate);
    }
    if (await backupProblem(context)) await runBackup(context);
  },
};

/** Whether an earlier run already brought something to the new release. */
async function isUnderWay({ stacks, to }: UpgradeContext): Promise<boolean> {
  const [controllers, modules] = await Promise.all([stacks.deployed('controllers'), stacks.deployed('modules')]);
  return controllers.release === to.id || Object.values({ ...modules.releases, ...modules.crds }).includes(to.id);
}

async function findProblems(context: UpgradeContext): Promise<string[]> {
  const { cluster, to } = context;
  const { abandoned = [] } = context.upgrade;
  const [users, apis, rendering] = await Promise.all([
    Promise.all(abandoned.map((component) => findUse(cluster, component))),
    deprecatedApisInUse(cluster, to.kubernetesVersion),
    renderingProblems(context),
  ]);
  return [
    ...abandoned.flatMap(({ name }, index) =>
      users[index]!.map((use) => `${name} is still used by ${use}; any ${name} component is deleted by the upgrade`),
    ),
    ...apis.map((use) => `an API that Kubernetes ${to.kubernetesVersion} removes is in use: ${use}${instead(use)}`),
    ...rendering,
  ];
}

/** What to use in place of `extensions/v1beta1 ingresses`. */
function instead(use: string): string {
  const [apiVersion = '', resource = ''] = use.split(' ');
  const replacement = replacementOf(apiVersion, resource);
  return replacement ? ` (use ${replacement})` : '';
}

/** What the release has to say of the steps in their order. */
function adviceFor({ upgrade: { steps, advice = [] } }: UpgradeContext): string[] {
  const position = (id: string) => steps.findIndex((step) => step.id === id);
  return advice.filter(({ unless }) => position(unless.step) >= position(unless.before)).map(({ text }) => text);
}
