import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { stdout } from 'node:process';
import type { EnvironmentPlan } from '../plan/document.ts';
import { planMarkdown } from '../plan/views/markdown.ts';
import { planText } from '../plan/views/text.ts';
import type { CommandContext } from '../report/command-context.ts';
import { statusLine } from '../report/status-line.ts';
import type { PlanOutputOptions } from './plan-output-options.ts';

/** Prints a plan as it was asked for, and writes it to the files that were named. */
export function printPlan(
  plan: EnvironmentPlan,
  argv: PlanOutputOptions,
  { json, color, print }: CommandContext,
): void {
  const { limit } = argv;
  const whole = argv.full ? `in \`${basename(argv.full)}\`, written along with this` : undefined;
  if (argv.markdown) writeFileSync(argv.markdown, planMarkdown(plan, { limit, whole }));
  if (argv.full) writeFileSync(argv.full, planMarkdown(plan, { limit: Number.POSITIVE_INFINITY }));
  switch (argv.format ?? (json ? 'json' : 'text')) {
    case 'json':
      print(JSON.stringify(plan, null, 2));
      break;
    case 'markdown':
      print(planMarkdown(plan, { limit, whole }).trimEnd());
      break;
    default:
      print(planText(plan, { color, width: stdout.columns }));
  }
}

/**
 * Says on a terminal which stacks are still being worked on; on stderr, so that output can be piped on.
 * @param doing  e.g. `previewing`
 */
export function progressOf(
  parts: string[],
  doing: string,
  env: NodeJS.ProcessEnv,
): { on(part: string, state: 'started' | 'finished'): void; end(): void } {
  const line = statusLine(process.stderr, env);
  const [started, running] = [performance.now(), new Set(parts)];
  const draw = () => {
    const seconds = Math.round((performance.now() - started) / 1000);
    if (running.size > 0) line.show(`${doing} ${[...running].join(', ')} (${seconds} s)`);
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
