import { loadEnvironment } from '../../environment/environment.ts';
import type { Layer } from '../../environment/outputs.ts';
import { layers } from '../../environment/outputs.ts';
import type { ExitCode } from '../../errors/index.ts';
import type { ReleaseId } from '../../releases/release.ts';
import { openIfPossible } from '../access/optional.ts';
import { stackName } from '../engine/configuration.ts';
import { Stacks } from '../engine/driver.ts';
import { openEngine } from '../engine/engine.ts';
import { withPolicyPacks } from '../engine/policy-packs.ts';
import { waitingTimes } from '../live/gates/waiting-times.ts';
import { buildPlan } from '../plan/build.ts';
import type { EnvironmentPlan } from '../plan/document.ts';
import { refusePlace, writePlan } from '../plan/pin.ts';
import type { CommandContext } from '../report/command-context.ts';
import { chartsOf } from './charts/open.ts';
import { printPlan, progressOf } from './plan-output.ts';
import type { PlanOutputOptions } from './plan-output-options.ts';
import { previewTrace } from './preview-trace.ts';

export interface PreviewOptions extends PlanOutputOptions {
  env: string;
  layer?: Layer[];
  /** Directories with upstream charts, see `chartsOption`. */
  charts?: string[];
  /** File to write the pinned plan to. */
  out?: string;
  /** Release to plan the upgrade to; without it, that of application.yaml where it isn't the deployed one. */
  to?: ReleaseId;
  /** What may be deleted or replaced though it holds data. */
  allow?: string[];
  /** Directories of policy packs besides those of environment.yaml. */
  policyPack?: string[];
}

/** `kubezero preview`: everything that is pending in an environment. The exit code is the verdict's. */
export async function preview(argv: PreviewOptions, command: CommandContext): Promise<ExitCode> {
  for (const file of [argv.out, argv.markdown, argv.full]) if (file) refusePlace(file);
  const environment = withPolicyPacks(loadEnvironment(argv.env, command.stacksDirectory), argv.policyPack);
  const charts = chartsOf(argv, command);
  const engine = await openEngine(command, charts);
  const stacks = new Stacks(environment, engine);
  await openIfPossible({ environment, stacks: () => stacks, command });
  const chosen = layers.filter((layer) => argv.layer?.includes(layer) ?? true);
  const progress = progressOf(
    chosen.map((layer) => stackName(environment.name, layer)),
    'previewing',
    command.env,
  );
  const trace = previewTrace(await command.openTraces(), 'preview', environment.name);
  // Of a layer alone there is no upgrade, unless it is asked for.
  const plansUpgrade = argv.to !== undefined || chosen.length === layers.length;
  const planUpgrade = async (to: ReleaseId) => {
    const { upgradePlanOf } = await import('../upgrade/pending.ts');
    const options = waitingTimes(command.env);
    return upgradePlanOf(environment, { to, engine, options, stacks, signal: command.signal });
  };
  let plan: EnvironmentPlan;
  try {
    plan = await buildPlan({
      environment,
      stacks,
      charts,
      layers: chosen,
      allow: argv.allow,
      signal: command.signal,
      to: argv.to,
      upgrade: plansUpgrade ? planUpgrade : undefined,
      onProgress: (part, state) => {
        progress.on(part, state);
        trace.on(part, state);
      },
    });
    if (argv.out) {
      const { fingerprintOf } = await import('../plan/fingerprint.ts');
      writePlan(argv.out, { ...plan, fingerprint: await fingerprintOf(environment, stacks, engine, plan) });
    }
  } finally {
    progress.end();
  }
  trace.end(plan);
  printPlan(plan, argv, command);
  return plan.verdict.exit as ExitCode;
}
