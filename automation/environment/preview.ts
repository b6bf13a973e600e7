import type { ExitCode } from '../../errors/index.ts';
import { loadEnvironment } from '../../stacks/environment.ts';
import { layers } from '../../stacks/outputs.ts';
import type { CommandContext } from '../commands/definition.ts';
import type { PreviewOptions } from '../commands/preview.ts';
import { buildPlan } from '../plan/build.ts';
import type { EnvironmentPlan } from '../plan/document.ts';
import { refusePlace, writePlan } from '../plan/pin.ts';
import { stackName } from '../stack/configuration.ts';
import { Stacks } from '../stack/driver.ts';
import { pulumiHome } from '../stack/engine.ts';
import { withPolicyPacks } from '../stack/policy-packs.ts';
import type { UpgradePlanRequest } from '../upgrade/pending.ts';
import { printPlan, progressOf } from './plan-output.ts';
import { previewTrace } from './preview-trace.ts';

/** `kubezero preview`: everything that is pending in an environment. The exit code is the verdict's. */
export async function preview(argv: PreviewOptions, command: CommandContext): Promise<ExitCode> {
  for (const file of [argv.out, argv.markdown, argv.full]) if (file) refusePlace(file);
  const environment = withPolicyPacks(loadEnvironment(argv.env, command.stacksDirectory), argv.policyPack);
  const home = await pulumiHome(command);
  const stacks = new Stacks(environment, home);
  const chosen = layers.filter((layer) => argv.layer?.includes(layer) ?? true);
  const progress = progressOf(
    chosen.map((layer) => stackName(environment.name, layer)),
    'previewing',
  );
  const trace = previewTrace(await command.openTraces(), 'preview', environment.name);
  // Of a layer alone there is no upgrade, unless it is asked for.
  const plansUpgrade = argv.to !== undefined || chosen.length === layers.length;
  const planUpgrade = async (request: UpgradePlanRequest) => {
    const { upgradePlanOf } = await import('../upgrade/pending.ts');
    return upgradePlanOf(environment, request);
  };
  let plan: EnvironmentPlan;
  try {
    plan = await buildPlan({
      environment,
      stacks,
      layers: chosen,
      allow: argv.allow,
      signal: command.signal,
      to: argv.to,
      upgrade: plansUpgrade ? () => planUpgrade({ to: argv.to, home, stacks, signal: command.signal }) : undefined,
      onProgress: (part, state) => {
        progress.on(part, state);
        trace.on(part, state);
      },
    });
    if (argv.out) {
      const { fingerprintOf } = await import('../plan/fingerprint.ts');
      writePlan(argv.out, { ...plan, fingerprint: await fingerprintOf(environment, stacks, plan) });
    }
  } finally {
    progress.end();
  }
  trace.end(plan);
  printPlan(plan, argv, command);
  return plan.verdict.exit as ExitCode;
}
