import { createInterface } from 'node:readline/promises';
import { loadApplication } from '../../../application/application-file.ts';
import { loadEnvironment } from '../../../environment/environment.ts';
import { type ExitCode, exitCode, exitCodeOf, UserError } from '../../../errors/index.ts';
import { Access } from '../../access/access.ts';
import { openIfPossible } from '../../access/optional.ts';
import { reportCharts } from '../../engine/charts-used.ts';
import { Stacks } from '../../engine/driver.ts';
import { openEngine } from '../../engine/engine.ts';
import { withPolicyPacks } from '../../engine/policy-packs.ts';
import type { StackWriter } from '../../engine/stacks.ts';
import { openAws } from '../../live/aws/index.ts';
import { waitingTimes } from '../../live/gates/waiting-times.ts';
import { openGit } from '../../live/git.ts';
import { openCluster } from '../../live/kubernetes/client.ts';
import { holdLease } from '../../live/kubernetes/lease.ts';
import type { CommandContext } from '../../report/command-context.ts';
import { reportTo, tee } from '../../report/events.ts';
import { orderedSteps } from '../../upgrade/order.ts';
import { openUpgrade } from '../../upgrade/pinned-upgrade.ts';
import { clusterRecord } from '../../upgrade/record.ts';
import { commandOf, runUpgrade } from '../../upgrade/runner.ts';
import { selectSteps } from '../../upgrade/selection.ts';
import { chooseUpgrade } from '../../upgrade/setup.ts';
import { releaseToGoTo } from '../../upgrade/target-release.ts';
import { chartsOf } from '../charts/open.ts';
import { checkedPlan, printUpgradePlan } from './dry-run.ts';
import type { UpgradeOptions as Arguments } from './options.ts';
import { openReport } from './report.ts';
import { printSteps } from './step-list.ts';
import { summaryOf } from './summary.ts';

/** `kubezero upgrade <env>`: the whole upgrade, or with `--dry-run` its plan. */
export async function upgrade(argv: Arguments, command: CommandContext): Promise<ExitCode> {
  const environment = withPolicyPacks(loadEnvironment(argv.env, command.stacksDirectory), argv.policyPack);
  const application = loadApplication(environment);
  const engine = await openEngine(command, chartsOf(argv, command));
  if (argv.list) return printSteps(environment, application, argv, command);
  let stacks: StackWriter = new Stacks(environment, engine);
  const way = { environment, stacks: () => stacks, command };
  if (argv.dryRun) {
    await openIfPossible(way);
    const planned = argv.to ?? (await releaseToGoTo(application, stacks, openAws()));
    return printUpgradePlan(environment, { ...argv, to: planned }, engine, command);
  }
  const pinned = argv.plan ? await openUpgrade(argv.plan, argv, environment, engine) : undefined;
  if (pinned) stacks = pinned.stacks;
  const wanted = pinned?.to ?? argv.to ?? (await releaseToGoTo(application, stacks, openAws()));
  const { upgrade, from, to } = await chooseUpgrade(environment, wanted, stacks);
  const steps = orderedSteps(upgrade, { surgeFirst: pinned?.surgeFirst ?? argv.surgeFirst });
  pinned?.refuseOthers(steps);
  // Before anybody is asked or anything locked.
  selectSteps(steps, argv);
  await new Access(way).open();
  if (argv.allow) await checkedPlan(environment, { ...argv, to: to.id }, engine, command);
  const cluster = openCluster(environment.kubeContext);
  const base = {
    environment,
    workingTree: environment.directory,
    aws: openAws(),
    git: openGit({ environment, workingTree: environment.directory }),
    upgrade: { ...upgrade, steps },
    from,
    to,
    cluster,
    stacks,
    engine,
    options: waitingTimes(command.env),
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
    reportCharts(engine.charts, report);
    report({ type: 'run-finished', exit: 0, summary, timing: result.timing });
    return exitCode.ok;
  } catch (error) {
    const exit = exitCodeOf(error, command.signal);
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
