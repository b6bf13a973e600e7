import type { ExitCode } from '../../errors/index.ts';
import { loadEnvironment } from '../../stacks/environment.ts';
import { layers } from '../../stacks/outputs.ts';
import { openCluster } from '../cluster/client.ts';
import type { CommandContext } from '../commands/definition.ts';
import type { DriftOptions } from '../commands/drift.ts';
import { buildDrift } from '../plan/drift.ts';
import { refusePlace } from '../plan/pin.ts';
import { stackName } from '../stack/configuration.ts';
import { Stacks } from '../stack/driver.ts';
import { pulumiHome } from '../stack/engine.ts';
import { printPlan, progressOf } from './plan-output.ts';
import { previewTrace } from './preview-trace.ts';

/** `kubezero drift`: what the world has and the stacks don't know. Exit code 2 where there is anything. */
export async function drift(argv: DriftOptions, command: CommandContext): Promise<ExitCode> {
  for (const file of [argv.markdown, argv.full]) if (file) refusePlace(file);
  const environment = loadEnvironment(argv.env, command.stacksDirectory);
  const stacks = new Stacks(environment, await pulumiHome(command));
  const chosen = layers.filter((layer) => argv.layer?.includes(layer) ?? true);
  const progress = progressOf(
    chosen.map((layer) => stackName(environment.name, layer)),
    'comparing',
  );
  const trace = previewTrace(await command.openTraces(), 'drift', environment.name);
  try {
    const plan = await buildDrift({
      environment,
      stacks,
      layers: chosen,
      cluster: () => openCluster(environment.kubeContext),
      signal: command.signal,
      onProgress: (part, state) => {
        progress.on(part, state);
        trace.on(part, state);
      },
    });
    progress.end();
    trace.end(plan);
    printPlan(plan, argv, command);
    return plan.verdict.exit as ExitCode;
  } finally {
    progress.end();
  }
}
