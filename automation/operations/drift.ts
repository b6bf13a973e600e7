import { loadEnvironment } from '../../environment/environment.ts';
import type { Layer } from '../../environment/outputs.ts';
import { layers } from '../../environment/outputs.ts';
import type { ExitCode } from '../../errors/index.ts';
import { openIfPossible } from '../access/optional.ts';
import { stackName } from '../engine/configuration.ts';
import { Stacks } from '../engine/driver.ts';
import { openEngine } from '../engine/engine.ts';
import { openCluster } from '../live/kubernetes/client.ts';
import { buildDrift } from '../plan/drift.ts';
import { refusePlace } from '../plan/pin.ts';
import type { CommandContext } from '../report/command-context.ts';
import { printPlan, progressOf } from './plan-output.ts';
import type { PlanOutputOptions } from './plan-output-options.ts';
import { previewTrace } from './preview-trace.ts';

export interface DriftOptions extends PlanOutputOptions {
  env: string;
  layer?: Layer[];
}

/** `kubezero drift`: what the world has and the stacks don't know. Exit code 2 where there is anything. */
export async function drift(argv: DriftOptions, command: CommandContext): Promise<ExitCode> {
  for (const file of [argv.markdown, argv.full]) if (file) refusePlace(file);
  const environment = loadEnvironment(argv.env, command.stacksDirectory);
  const stacks = new Stacks(environment, await openEngine(command));
  await openIfPossible({ environment, stacks: () => stacks, command });
  const chosen = layers.filter((layer) => argv.layer?.includes(layer) ?? true);
  const progress = progressOf(
    chosen.map((layer) => stackName(environment.name, layer)),
    'comparing',
    command.env,
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
