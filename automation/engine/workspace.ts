import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LocalWorkspace, PulumiCommand, Stack } from '@pulumi/pulumi/automation/index.js';
import type { Environment } from '../../environment/environment.ts';

/**
 * The one workspace of an environment's stacks: the project directory that the environments directory is in. Stacks share
 * it, so that the CLI is asked once which version it is.
 */
export class Workspace {
  readonly #directory: string;
  readonly #pulumiHome: string;
  #local: Promise<LocalWorkspace> | undefined;
  #creating: Promise<unknown> = Promise.resolve();

  constructor(environment: Environment, pulumiHome: string) {
    this.#directory = dirname(environment.directory);
    this.#pulumiHome = pulumiHome;
  }

  /**
   * A stack by its name, without looking whether it is there. It isn't selected either: that would change what `pulumi`
   * works on in the operator's shell, and can't be done for two stacks at a time.
   */
  async stack(name: string): Promise<Stack> {
    const workspace = await this.#open();
    // Operations that run no program take one along all the same: without one, the CLI asks for a language host.
    const program = async () => undefined;
    return Stack.select(
      name,
      Object.create(workspace, { selectStack: { value: async () => {} }, program: { value: program } }),
    );
  }

  /** Creates a stack in the backend; one after the other, since each becomes the workspace's current one for a moment. */
  async create(name: string): Promise<void> {
    const workspace = await this.#open();
    const created = this.#creating.then(() => workspace.createStack(name));
    this.#creating = created.catch(() => undefined);
    await created;
  }

  /**
   * Outputs of a stack in one call of the CLI; the library's own way takes two.
   * @returns undefined where the CLI fails, for whatever reason.
   */
  async readOutputs(name: string, signal?: AbortSignal): Promise<Record<string, unknown> | undefined> {
    const { execa } = await import('execa');
    const args = ['stack', 'output', '--json', '--show-secrets', '--stack', name, '--non-interactive'];
    const { failed, stdout } = await execa('pulumi', args, {
      cwd: this.#directory,
      env: { PULUMI_HOME: this.#pulumiHome, PULUMI_AUTOMATION_API: 'true' },
      cancelSignal: signal,
      reject: false,
    });
    return failed ? undefined : JSON.parse(stdout);
  }

  /** Takes the engine's protection off one resource of a stack; the next update puts it on again where the program says so. */
  async unprotect(name: string, urn: string): Promise<void> {
    const { pulumiCommand, workDir } = await this.#open();
    const args = ['state', 'unprotect', urn, '--yes', '--stack', name];
    await (pulumiCommand as RunningCommand).run(args, workDir, { PULUMI_HOME: this.#pulumiHome });
  }

  #open(): Promise<LocalWorkspace> {
    if (!this.#local) {
      this.#local = this.#create();
      this.#local.catch(() => {
        this.#local = undefined;
      });
    }
    return this.#local;
  }

  async #create(): Promise<LocalWorkspace> {
    const hasProject = ['yaml', 'yml', 'json'].some((kind) => existsSync(join(this.#directory, `Pulumi.${kind}`)));
    return LocalWorkspace.create({
      workDir: this.#directory,
      pulumiHome: this.#pulumiHome,
      pulumiCommand: seeingProtected(await PulumiCommand.get()),
      ...(hasProject ? {} : { projectSettings: { name: 'kubezero', runtime: 'nodejs' as const, main: process.cwd() } }),
    });
  }
}

/** What the library has and doesn't declare. */
interface RunningCommand extends PulumiCommand {
  run(args: string[], ...rest: unknown[]): Promise<unknown>;
}

/**
 * The CLI, whose previews go on past what is protected: a reviewer is to see the whole of a change. Updates don't get past it.
 */
function seeingProtected(command: PulumiCommand): PulumiCommand {
  const run: RunningCommand['run'] = (args, ...rest) =>
    (command as RunningCommand).run(args[0] === 'preview' ? [...args, '--ignore-protect'] : args, ...rest);
  return Object.create(command, { run: { value: run } });
}
