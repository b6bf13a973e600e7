import { type ExitCode, exitCode } from '../../errors/index.ts';
import type { Environment } from '../../stacks/environment.ts';
import { describeChanges } from '../changes/counts.ts';
import { openCluster } from '../cluster/client.ts';
import type { CommandContext } from '../commands/definition.ts';
import type { UpgradeOptions } from '../commands/upgrade.ts';
import type { PlannedStep, UpgradePlan } from '../plan/document.ts';
import { verdictOf } from '../plan/verdict.ts';
import { Stacks } from '../stack/driver.ts';
import { checkAllowed } from '../stack/guarded.ts';
import { upgradePlanOf } from './pending.ts';

/** `kubezero upgrade --dry-run`: prints the plan of the upgrade, with `--json` as the `upgrade` part of a plan document. */
export async function printUpgradePlan(
  environment: Environment,
  given: GivenUpgrade,
  home: string,
  { json, print, signal }: CommandContext,
): Promise<ExitCode> {
  const upgrade = await checkedPlan(environment, given, home, signal);
  print(
    json ? JSON.stringify({ environment: environment.name, ...upgrade }, null, 2) : upgradeText(upgrade).join('\n'),
  );
  const verdict = verdictOf({ command: 'preview', environment: environment.name, upgrade, stacks: [] });
  return verdict.outcome === 'changes' || verdict.outcome === 'no-changes' ? exitCode.ok : (verdict.exit as ExitCode);
}

type GivenUpgrade = Pick<UpgradeOptions, 'to' | 'surgeFirst' | 'allow'>;

/**
 * The plan of the upgrade, with what may be deleted or replaced all the same marked in it.
 * @throws UserError for an `--allow` that names nothing guarded in any step
 */
export async function checkedPlan(
  environment: Environment,
  { to, surgeFirst, allow }: GivenUpgrade,
  home: string,
  signal: AbortSignal,
): Promise<UpgradePlan> {
  const stacks = new Stacks(environment, home);
  // With a release given there is always a plan.
  const upgrade = (await upgradePlanOf(environment, { to, surgeFirst, home, stacks, signal }))!;
  await checkAllowed(
    upgrade.steps.flatMap((step) => step.stacks),
    {
      stacks,
      allow,
      cluster: () => openCluster(environment.kubeContext),
      command: `kubezero upgrade ${environment.name}`,
      act: () => undefined,
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
