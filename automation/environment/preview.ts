import { writeFileSync } from 'node:fs';
import type { ExitCode } from '../../errors/index.ts';
import { loadEnvironment } from '../../stacks/environment.ts';
import { layers } from '../../stacks/outputs.ts';
import type { CommandContext } from '../commands/definition.ts';
import type { PreviewOptions } from '../commands/preview.ts';
import { buildPlan } from '../plan/build.ts';
import type { EnvironmentPlan } from '../plan/document.ts';
import { fingerprintOf } from '../plan/fingerprint.ts';
import { refusePlace, writePlan } from '../plan/pin.ts';
import { statusLine } from '../report/status-line.ts';
import { stackName } from '../stack/configuration.ts';
import { Stacks } from '../stack/driver.ts';
import { pulumiHome } from '../stack/engine.ts';
import { withPolicyPacks } from '../stack/policy-packs.ts';
import { previewMarkdown, previewText } from './preview-text.ts';

/** `kubezero preview`: everything that is pending in an environment. The exit code is the verdict's. */
export async function preview(argv: PreviewOptions, command: CommandContext): Promise<ExitCode> {
  for (const file of [argv.out, argv.markdown, argv.full]) if (file) refusePlace(file);
  const environment = withPolicyPacks(loadEnvironment(argv.env, command.stacksDirectory), argv.policyPack);
  const stacks = new Stacks(environment, await pulumiHome(command));
  const chosen = layers.filter((layer) => argv.layer?.includes(layer) ?? true);
  const progress = progressOf(chosen.map((layer) => stackName(environment.name, layer)));
  let plan: EnvironmentPlan;
  try {
    plan = await buildPlan({
      environment,
      stacks,
      layers: chosen,
      allow: argv.allow,
      signal: command.signal,
      onProgress: progress.on,
    });
    if (argv.out) writePlan(argv.out, { ...plan, fingerprint: await fingerprintOf(environment, stacks, plan) });
  } finally {
    progress.end();
  }
  if (argv.markdown) writeFileSync(argv.markdown, previewMarkdown(plan, { limit: argv.limit }));
  if (argv.full) writeFileSync(argv.full, previewMarkdown(plan, { limit: Number.POSITIVE_INFINITY }));
  switch (argv.format ?? (command.json ? 'json' : 'text')) {
    case 'json':
      command.print(JSON.stringify(plan, null, 2));
      break;
    case 'markdown':
      command.print(previewMarkdown(plan, { limit: argv.limit }).trimEnd());
      break;
    default:
      command.print(previewText(plan));
  }
  return plan.verdict.exit as ExitCode;
}

/** Says on a terminal which stacks are still being previewed; on stderr, so that output can be piped on. */
function progressOf(parts: string[]): { on(part: string, state: 'started' | 'finished'): void; end(): void } {
  const line = statusLine(process.stderr);
  const [started, running] = [performance.now(), new Set(parts)];
  const draw = () => {
    const seconds = Math.round((performance.now() - started) / 1000);
    if (running.size > 0) line.show(`previewing ${[...running].join(', ')} (${seconds} s)`);
  };
  const timer = setInterval(draw, 1_000);
  draw();
  return {
    on: (part, state) => {
      if (state === 'finished') running.delete(part);
      draw();
    },
    end: () => {
      clearInterval(timer);
      line.clear();
    },
  };
}
