import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalWorkspace, type PulumiFn, type Stack } from '@pulumi/pulumi/automation/index.js';
import { pulumiCommand, runPulumi, unselectedStack } from '../../pulumi/command.ts';
import { Account } from '../../sandbox/aws/account.ts';
import { makeBackend, type StateBackend } from '../../sandbox/aws/backend.ts';
import { getBucket } from '../../sandbox/aws/buckets.ts';
import { serveQueryApi } from '../../sandbox/aws/query/server.ts';
import { refusalOf } from '../../sandbox/aws/refusals.ts';
import { FaultStore } from '../../sandbox/faults.ts';
import { ensureTools, pulumiEnvironment } from '../../toolchain/index.ts';

/** What came to the account: an operation such as `s3:PutObject`, on what, and the size of its request. */
export interface Request {
  operation: string;
  resource: string;
  bytes: number;
}

/** The real CLI and engine on a bucket and a key of a simulated account. */
export class S3Backend {
  readonly faults = new FaultStore();
  readonly requests: Request[] = [];
  readonly directory = mkdtempSync(join(tmpdir(), 'kubezero-s3-'));
  readonly account: Account;
  readonly backend: StateBackend;
  /** Variables of the CLI. */
  variables: Record<string, string> = {};
  #stop: () => Promise<void> = async () => {};

  private constructor() {
    this.account = new Account({
      region: 'eu-central-1',
      host: { boot: async () => {}, terminate: async () => {} },
      images: [],
      log: () => {},
      refuse: (operation, resource) => {
        const kind = this.faults.awsRefusal(operation, resource);
        return kind && refusalOf(operation, kind, resource);
      },
      slow: (way, operation, resource, bytes) => {
        if (way === 'request') this.requests.push({ operation, resource, bytes });
        return this.faults.awsWait(way, operation, resource, bytes);
      },
    });
    this.backend = makeBackend(this.account, 'test');
    writeFileSync(join(this.directory, 'Pulumi.yaml'), 'name: kubezero\nruntime: nodejs\n');
  }

  static async start(): Promise<S3Backend> {
    const started = new S3Backend();
    const { endpointUrl, stop } = await serveQueryApi(started.account, '127.0.0.1');
    started.#stop = stop;
    started.variables = {
      ...(await pulumiEnvironment(await ensureTools(['engine']))),
      AWS_ENDPOINT_URL: endpointUrl,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      PULUMI_BACKEND_URL: started.backend.url,
    };
    return started;
  }

  /** Objects of the bucket whose names end so. */
  objects(ending: string): [key: string, body: Buffer][] {
    const { objects } = getBucket(this.account, 'test-pulumi-state');
    return [...objects].filter(([key]) => key.endsWith(ending)).map(([key, { body }]) => [key, body]);
  }

  /** What the bucket has as the state of a stack. */
  // biome-ignore lint/suspicious/noExplicitAny: a deployment of any version
  state(name: string): any {
    const [found] = this.objects(`/stacks/kubezero/${name}.json`);
    return JSON.parse(String(found?.[1])).checkpoint.latest;
  }

  /** A workspace, its stacks made with the account's key. */
  async workspace(more: Record<string, string> = {}): Promise<LocalWorkspace> {
    const envVars = { ...this.variables, ...more };
    return LocalWorkspace.create({
      workDir: this.directory,
      envVars,
      pulumiCommand: await pulumiCommand(envVars),
      secretsProvider: this.backend.secretsProvider,
    });
  }

  async stack(name: string, more: Record<string, string> = {}): Promise<Stack> {
    return unselectedStack(await this.workspace(more), name);
  }

  /** Makes a stack and brings it up. */
  async deployed(name: string, program: PulumiFn): Promise<Stack> {
    await (await this.workspace()).createStack(name);
    const stack = await this.stack(name);
    await stack.up({ program });
    return stack;
  }

  /** What the CLI says of a command. */
  async pulumi(args: string[], more: Record<string, string> = {}, input?: string) {
    return runPulumi(args, { variables: { ...this.variables, ...more }, cwd: this.directory, input });
  }

  /** What came to the account while something was done. */
  async during(work: () => Promise<unknown>): Promise<Request[]> {
    const before = this.requests.length;
    await work();
    return this.requests.slice(before);
  }

  async stop(): Promise<void> {
    this.account.stop();
    await this.#stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
