import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EngineEvent, LocalWorkspace, type Stack } from '@pulumi/pulumi/automation/index.js';
import { execa } from 'execa';
import { ChartStore } from '../../charts/index.ts';
import { type Environment, loadEnvironment } from '../../environment/environment.ts';
import type { DesiredState, Layer } from '../../environment/outputs.ts';
import { copyProjectFile } from '../../repository/project-file.ts';
import { repositoryRoot } from '../../repository/root.ts';
import { type Aws, type Machine, startAws } from '../../sandbox/aws/index.ts';
import { programFor } from '../../stacks/index.ts';
import { ensureTools, pulumiEnvironment } from '../../toolchain/index.ts';

/** What an update did: how many resources in which way, and which of them changed how. */
export interface Outcome {
  counts: Record<string, number>;
  /** `update controller-a: imageId userData`, sorted. */
  changes: string[];
  outputs: Record<string, unknown>;
}

/** The demo environment's stacks in a simulated account whose machines only record that they were started. */
export class DemoAccount {
  readonly machines = new Map<string, Machine>();
  environment!: Environment;
  #aws!: Aws;
  #variables!: Record<string, string>;
  readonly #directory = mkdtempSync(join(tmpdir(), 'kubezero-infra-'));

  static async start(): Promise<DemoAccount> {
    const account = new DemoAccount();
    const directory = account.#directory;
    cpSync(join(repositoryRoot, 'stacks/demo'), join(directory, 'stacks/demo'), { recursive: true });
    copyProjectFile(join(repositoryRoot, 'Pulumi.yaml'), join(directory, 'Pulumi.yaml'));
    mkdirSync(join(directory, 'state'));
    account.environment = loadEnvironment('demo', join(directory, 'stacks'));
    account.#aws = await startAws({
      host: {
        boot: async (machine) => void account.machines.set(machine.instanceId, machine),
        terminate: async (id) => void account.machines.delete(id),
      },
      address: '127.0.0.1',
      region: 'eu-central-1',
      directory,
      log: () => {},
    });
    account.#variables = {
      ...(await pulumiEnvironment(await ensureTools(['engine', 'shell']))),
      PULUMI_BACKEND_URL: `file://${join(directory, 'state')}`,
      PULUMI_CONFIG_PASSPHRASE: 'test',
      PULUMI_DEBUG_PROVIDERS: `aws:${account.#aws.providerPort}`,
      KUBEZERO_STACKS: join(directory, 'stacks'),
      AWS_REGION: 'eu-central-1',
    };
    // Where the Automation API looks for the CLI.
    process.env.PATH = account.#variables.PATH;
    return account;
  }

  get state() {
    return this.#aws.state();
  }

  async up<L extends keyof DesiredState>(layer: L, desired?: DesiredState[L]): Promise<Outcome>;
  async up(layer: Layer): Promise<Outcome>;
  async up(layer: Layer, desired?: DesiredState[keyof DesiredState]): Promise<Outcome> {
    const stack = await this.stack(layer, desired);
    const changes: string[] = [];
    const result = await stack.up({ onEvent: (event) => changes.push(...describeChange(event)) });
    return {
      counts: { ...result.summary.resourceChanges },
      changes: changes.sort(),
      outputs: Object.fromEntries(Object.entries(result.outputs).map(([key, { value }]) => [key, value])),
    };
  }

  async stack(layer: Layer, desired?: DesiredState[keyof DesiredState]): Promise<Stack> {
    const program = programFor(this.environment, layer, new ChartStore({ env: process.env }), desired as undefined);
    return LocalWorkspace.createOrSelectStack(
      { stackName: `demo-${layer}`, projectName: 'kubezero', program },
      { workDir: this.#directory, envVars: this.#variables },
    );
  }

  /** `pulumi` as typed into a shell, in the directory of Pulumi.yaml. */
  async pulumi(...args: string[]) {
    return execa('pulumi', [...args, '--non-interactive', '--color', 'never'], {
      cwd: this.#directory,
      env: this.#variables,
      reject: false,
      all: true,
    });
  }

  async stop(): Promise<void> {
    await this.#aws.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

function describeChange({ resourcePreEvent }: EngineEvent): string[] {
  const metadata = resourcePreEvent?.metadata;
  if (!metadata || ['same', 'create', 'read'].includes(metadata.op)) return [];
  const paths = Object.keys(metadata.detailedDiff ?? {}).sort();
  const [type = ''] = metadata.type.split(':').slice(-1);
  return [`${metadata.op} ${type} ${metadata.urn.split('::').at(-1)}: ${paths.join(' ')}`];
}
