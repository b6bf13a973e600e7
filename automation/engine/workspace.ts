import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LocalWorkspace, type Stack } from '@pulumi/pulumi/automation/index.js';
import type { Environment } from '../../environment/environment.ts';
import { pulumiCommand, runPulumi, unprotect, unselectedStack } from '../../pulumi/command.ts';
import { mendAttributes, saysDamagedAttributes } from '../../pulumi/damaged-attributes.ts';
import { quietDebugging } from '../../pulumi/quiet.ts';
import type { Engine } from './engine.ts';

/**
 * The one workspace of an environment's stacks: the project directory that the environments directory is in. Stacks share
 * it, so that the CLI is asked once which version it is.
 */
export class Workspace {
  readonly #environment: string;
  readonly #directory: string;
  readonly #engine: Engine;
  readonly #secretsProvider: string | undefined;
  #local: Promise<LocalWorkspace> | undefined;
  #creating: Promise<unknown> = Promise.resolve();

  constructor(environment: Environment, engine: Engine) {
    this.#environment = environment.name;
    this.#directory = dirname(environment.directory);
    this.#engine = engine;
    this.#secretsProvider = engine.secretsProvider ?? environment.secretsProvider;
  }

  /** A stack by its name, without looking whether it is there. */
  async stack(name: string): Promise<Stack> {
    return unselectedStack(await this.#open(), name);
  }

  /**
   * Creates a stack in the backend, its secrets encrypted as the environment says; one after the other, since each becomes the
   * workspace's current one for a moment. One that is there already is left alone.
   */
  async create(name: string): Promise<void> {
    const workspace = await this.#open();
    const created = this.#creating.then(async () => {
      if (!(await this.has(name))) await workspace.createStack(name);
    });
    this.#creating = created.catch(() => undefined);
    await created;
  }

  /**
   * Whether the backend has a stack of that name, by its list of stacks. "No stack named ..." isn't proof enough: the CLI looks for
   * a state by listing, takes a listing that fails for an empty one, and would make an empty stack over the one that is there.
   * @throws CommandError where the backend can't be listed
   */
  async has(name: string): Promise<boolean> {
    const workspace = await this.#open();
    return (await workspace.listStacks()).some((stack) => stack.name === name);
  }

  /**
   * Outputs of a stack in one call of the CLI; the library's own way takes two.
   * @returns undefined where the CLI fails, for whatever reason.
   */
  async readOutputs(name: string, signal?: AbortSignal): Promise<Record<string, unknown> | undefined> {
    const args = ['stack', 'output', '--json', '--show-secrets', '--stack', name];
    const { variables } = this.#engine;
    const { failed, stdout } = await runPulumi(args, { variables, cwd: this.#directory, signal });
    return failed ? undefined : JSON.parse(stdout);
  }

  /** Runs an operation once more where a run that was killed has left states behind that can't be read: nothing was touched then. */
  async mending<T>(operation: () => Promise<T>): Promise<T> {
    try {
      return await operation();
    } catch (error) {
      const { variables } = this.#engine;
      const mended =
        saysDamagedAttributes((error as Error).message) &&
        (await mendAttributes(`${this.#environment}-`, variables, this.#directory));
      if (!mended) throw error;
      return operation();
    }
  }

  /** Takes the engine's protection off one resource of a stack; the next update puts it on again where the program says so. */
  async unprotect(name: string, urn: string): Promise<void> {
    await unprotect(await this.#open(), name, urn);
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
      ...(await workspaceOptions(this.#engine)),
      secretsProvider: this.#secretsProvider,
      ...(hasProject ? {} : { projectSettings: { name: 'kubezero', runtime: 'nodejs' as const, main: process.cwd() } }),
    });
  }
}

/** How a workspace runs the engine. */
export async function workspaceOptions({ variables }: Engine) {
  quietDebugging();
  return { envVars: { ...variables }, pulumiCommand: await pulumiCommand(variables) };
}
