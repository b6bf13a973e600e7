import { createInterface } from 'node:readline/promises';
import { type ExitCode, exitCode, UserError } from '../../errors/index.ts';
import { releaseIds } from '../../releases/release.ts';
import { loadApplication } from '../../stacks/application.ts';
import { loadEnvironment } from '../../stacks/environment.ts';
import { reportCharts } from '../charts/used.ts';
import { openCluster } from '../cluster/client.ts';
import { holdLease } from '../cluster/lease.ts';
import type { CommandContext } from '../commands/definition.ts';
import type { UpgradeOptions as Arguments } from '../commands/upgrade.ts';
import { waitingTimes } from '../gates/waiting-times.ts';
import { reportTo, tee } from '../report/events.ts';
import { Stacks } from '../stack/driver.ts';
import { pulumiHome } from '../stack/engine.ts';
import { withPolicyPacks } from '../stack/policy-packs.ts';
import { checkedPlan, printUpgradePlan } from './dry-run.ts';
import { orderedSteps } from './order.ts';
import { openUpgrade } from './pinned-upgrade.ts';
import { clusterRecord } from './record.ts';
import { openReport } from './report.ts';
import { commandOf, runUpgrade } from './runner.ts';
import { selectSteps } from './selection.ts';
import { chooseUpgrade } from './setup.ts';
import { printSteps } from './step-list.ts';
import { summaryOf } from './summary.ts';

/** `kubezero upgrade <env>`: the whole upgrade, or with `--dry-run` its plan. */
export async function upgrade(argv: Arguments, command: CommandContext): Promise<ExitCode> {
  const environment = withPolicyPacks(loadEnvironment(argv.env, command.stacksDirectory), argv.policyPack);
  loadApplication(environment);
  const home = await pulumiHome(command);
  const given = { to: argv.to === releaseIds.at(-1) ? undefined : argv.to, surgeFirst: argv.surgeFirst };
  if (argv.list) return printSteps(environment, argv, command);
  if (argv.dryRun) return printUpgradePlan(environment, argv, home, command);
  const pinned = argv.plan ? await openUpgrade(argv.plan, given, environment, home) : undefined;
  const stacks = pinned?.stacks ?? new Stacks(environment, home);
  const { upgrade, from, to } = await chooseUpgrade(environment, pinned?.to ?? argv.to, stacks);
  const steps = orderedSteps(upgrade, { surgeFirst: pinned?.surgeFirst ?? argv.surgeFirst });
  pinned?.refuseOthers(steps);
  // Before anybody is asked or anything locked.
  selectSteps(steps, argv);
  if (argv.allow) await checkedPlan(environment, argv, home, command.signal);
  const cluster = openCluster(environment.kubeContext);
  const base = {
    environment,
    workingTree: environment.directory,
    upgrade: { ...upgrade, steps },
    from,
    to,
    cluster,
    stacks,
    options: waitingTimes(),
    allow: [...(argv.allow ?? []), ...(pinned?.allowed ?? [])],
  };

  if (!argv.yes) await confirm(environment.name, from.id, to.id, command);
  const lease = await holdLease(cluster);
  const record = openReport(argv.report);
  const audit = clusterRecord(cluster);
  const sink = tee(await command.openSink(), record.sink, audit);
  const report = reportTo(sink);
  report({
    type: 'run-started',
    version: 1,
    command: 'upgrade',
    environment: environment.name,
    release: { from: from.id, to: to.id },
  });
  if (pinned) report(pinned.verified);
  const started = performance.now();
  try {
    const signal = AbortSignal.any([command.signal, lease.lost]);
    const setup = { ...base, signal, report, onStep: pinned?.begin, plan: argv.plan };
    const result = await runUpgrade(setup, steps, argv);
    const seconds = Math.round((performance.now() - started) / 1000);
    const summary = summaryOf(result, argv, {
      environment: environment.name,
      to: to.id,
      seconds,
      again: commandOf(setup),
    });
    reportCharts(report);
    report({ type: 'run-finished', exit: 0, summary, timing: result.timing });
    return exitCode.ok;
  } catch (error) {
    const exit = error instanceof UserError ? error.exitCode : exitCode.bug;
    report({ type: 'run-finished', exit, summary: (error as Error).message });
    throw error;
  } finally {
    record.write();
    await audit.close?.();
    // The API may be away when a run ends badly; the lock then ends by itself.
    await lease.release().catch(() => undefined);
  }
}

async function confirm(environment: string, from: string, to: string, { tty }: CommandContext): Promise<void> {
  if (!tty) {
    throw new UserError(`upgrading ${environment} needs a yes`, {
      where: '--yes',
      state: 'nothing was touched',
      fix: `run: kubezero upgrade ${environment} --yes (the plan: kubezero upgrade ${environment} --dry-run)`,
    });
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`Upgrade ${environment} from KubeZero ${from} to ${to}? [y/N] `);
  terminal.close();
  if (!/^y(es)?$/i.test(answer.trim()))
    throw new UserError('not confirmed', { state: 'nothing was touched', exitCode: exitCode.ok });
}
