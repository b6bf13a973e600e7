import type { Application } from '../../../application/application-file.ts';
import type { Environment } from '../../../environment/environment.ts';
import { type ExitCode, exitCode } from '../../../errors/index.ts';
import type { CommandContext } from '../../report/command-context.ts';
import { orderedSteps } from '../../upgrade/order.ts';
import { upgradeTo } from '../../upgrade/setup.ts';
import { releaseToGoToByFiles } from '../../upgrade/target-release.ts';
import type { UpgradeOptions } from './options.ts';

/** `kubezero upgrade --list`: the steps in their order, with `--json` as an array of objects. Asks no cluster and no stack. */
export function printSteps(
  environment: Environment,
  application: Pick<Application, 'release' | 'previous'>,
  { to = releaseToGoToByFiles(application), surgeFirst }: Pick<UpgradeOptions, 'to' | 'surgeFirst'>,
  { json, print }: CommandContext,
): ExitCode {
  const steps = orderedSteps(upgradeTo(to), { surgeFirst });
  if (json) {
    const listed = steps.map(({ id, title, passage, undo }) => ({ id, title, passage, undo: undo.possible }));
    print(JSON.stringify({ environment: environment.name, to, steps: listed }, null, 2));
  } else for (const { id, title } of steps) print(`${id.padEnd(22)} ${title}`);
  return exitCode.ok;
}
