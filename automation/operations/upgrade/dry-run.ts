import type { Environment } from '../../../environment/environment.ts';
import { type ExitCode, exitCode } from '../../../errors/index.ts';
import { describeChanges } from '../../engine/changes/counts.ts';
import { Stacks } from '../../engine/driver.ts';
import type { Engine } from '../../engine/engine.ts';
import { checkAllowed } from '../../engine/guarded.ts';
import { waitingTimes } from '../../live/gates/waiting-times.ts';
import { openCluster } from '../../live/kubernetes/client.ts';
import type { PlannedStep, UpgradePlan } from '../../plan/document.ts';
import { verdictOf } from '../../plan/verdict.ts';
import type { CommandContext } from '../../report/command-context.ts';
import { upgradePlanOf } from '../../upgrade/pending.ts';
import type { UpgradeOptions } from './options.ts';

/** `kubezero upgrade --dry-run`: prints the plan of the upgrade, with `--json` as the `upgrade` part of a plan document. */
export async function printUpgradePlan(
  environment: Environment,
  given: GivenUpgrade,
  engine: Engine,
  command: CommandContext,
): Promise<ExitCode> {
  const upgrade = await checkedPlan(environment, given, engine, command);
  const { json, print } = command;
  print(
    json ? JSON.stringify({ environment: environment.name, ...upgrade }, null, 2) : upgradeText(upgrade).join('\n'),
  );
  const verdict = verdictOf({ command: 'preview', environment: environment.name, upgrade, stacks: [] });
  return verdict.outcome === 'changes' || verdict.outcome === 'no-changes' ? exitCode.ok : (verdict.exit as ExitCode);
}

type GivenUpgrade = Pick<UpgradeOptions, 'surgeFirst' | 'allow'> & { to: string };

/**
 * The plan of the upgrade, with what may be deleted or replaced all the same marked in it.
 * @throws UserError for an `--allow` that names nothing guarded in any step
 */
export async function checkedPlan(
  environment: Environment,
  { to, surgeFirst, allow }: GivenUpgrade,
  engine: Engine,
  { env, signal }: Pick<CommandContext, 'env' | 'signal'>,
): Promise<UpgradePlan> {
  const stacks = new Stacks(environment, engine);
  const options = waitingTimes(env);
  const upgrade = await upgradePlanOf(environment, { to, surgeFirst, engine, options, stacks, signal });
  await checkAllowed(
    upgrade.steps.flatMap((step) => step.stacks),
    {
      allow,
      cluster: () => openCluster(environment.kubeContext),
      command: `kubezero upgrade ${environment.name}`,
    },
  );
  return upgrade;
}

/** The steps, each with what it comes to. */
export function upgradeText({ steps }: UpgradePlan): string[] {
  return steps.flatMap(stepLines);
}

const marks: Record<PlannedStep['state'], string> = {
  done: '✔ done      ',
  'would-run': '● would run ',
  blocked: '✖ blocked   ',
};

function stepLines({ id, title, state, notes, blockers, stacks, disruption, undo }: PlannedStep): string[] {
  const head = `${marks[state]} ${id.padEnd(22)} ${title}`;
  if (state === 'done') return [head];
  const minutes = disruption.minutes ? ` (${disruption.minutes.join(' - ')} min)` : '';
  const lines = [
    ...blockers.map((blocker) => `blocked: ${blocker}`),
    ...notes,
    ...stacks.map((stack) => `${stack.stack}: ${describeChanges(stack)}${stack.failure ? `; ${stack.failure}` : ''}`),
    `disruption: ${disruption.what}${minutes}`,
    `undo: ${undo.possible}: ${undo.how}`,
  ];
  return [head, ...lines.map((line) => `${' '.repeat(14)}${line}`)];
}
