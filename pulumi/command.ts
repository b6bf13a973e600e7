import { type LocalWorkspace, PulumiCommand, Stack } from '@pulumi/pulumi/automation/index.js';
import { execa } from 'execa';

/*
 * What the Automation API has and doesn't declare, or doesn't offer: the CLI that it runs, and stacks that it would select first.
 */

/** Variables of what is started, over those of this process. */
type Variables = Readonly<Record<string, string>>;

/** What every command of ours is told. */
const always = ['--non-interactive', '--color', 'never'];

/**
 * The CLI that `PATH` of these variables leads to. `PulumiCommand.get` looks for it by the `PATH` of this process alone.
 * Previews go on past what is protected: a reviewer is to see the whole of a change. Updates don't get past it.
 * The library declares `version` a SemVer. Here it is text: only its toString() is used, but by calls that nobody makes here
 * (`whoAmI`, `install`, those of environments).
 */
export async function pulumiCommand(variables: Variables): Promise<PulumiCommand> {
  const { stdout } = await execa('pulumi', ['version'], { env: variables });
  const command = Object.create(PulumiCommand.prototype, {
    command: { value: 'pulumi' },
    version: { value: stdout.trim() },
  }) as RunningCommand;
  const run: RunningCommand['run'] = (args, ...rest) =>
    command.run(args[0] === 'preview' ? [...args, '--ignore-protect'] : args, ...rest);
  return Object.create(command, { run: { value: run } });
}

interface RunningCommand extends PulumiCommand {
  run(args: string[], ...rest: unknown[]): Promise<unknown>;
}

/**
 * A stack by its name, without looking whether it is there. It isn't selected either: that would change what `pulumi` works
 * on in the operator's shell, and can't be done for two stacks at a time.
 */
export async function unselectedStack(workspace: LocalWorkspace, name: string): Promise<Stack> {
  // Operations that run no program take one along all the same: without one, the CLI asks for a language host.
  const program = async () => undefined;
  return Stack.select(
    name,
    Object.create(workspace, { selectStack: { value: async () => {} }, program: { value: program } }),
  );
}

/**
 * A signal for one operation: the library never takes its listener off the one it is given, so that a run of many operations
 * would be taken for a leak.
 */
export function ownSignal(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal]);
}

/** Takes the engine's protection off one resource of a stack. @throws CommandError */
export async function unprotect({ pulumiCommand, workDir, envVars }: LocalWorkspace, stack: string, urn: string) {
  const args = ['state', 'unprotect', urn, '--yes', '--stack', stack];
  await (pulumiCommand as RunningCommand).run(args, workDir, { ...envVars });
}

/** One command of the CLI, for what the Automation API has no call. */
export async function runPulumi(
  args: string[],
  { variables, cwd, input, signal }: { variables: Variables; cwd: string; input?: string; signal?: AbortSignal },
): Promise<{ failed: boolean; stdout: string; stderr: string }> {
  const { failed, stdout, stderr } = await execa('pulumi', [...args, ...always], {
    cwd,
    env: { ...variables, PULUMI_AUTOMATION_API: 'true' },
    cancelSignal: signal,
    reject: false,
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
  });
  return { failed, stdout: stdout ?? '', stderr: stderr ?? '' };
}
