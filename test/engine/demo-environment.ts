import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { parse, stringify } from 'yaml';
import { Stacks } from '../../automation/engine/driver.ts';
import type { Engine } from '../../automation/engine/engine.ts';
import { desiredOf } from '../../automation/operations/desired.ts';
import { createWorkspace, type Workspace } from '../../automation/operations/rehearse/workspace.ts';
import { ChartStore } from '../../charts/index.ts';
import { loadEnvironment } from '../../environment/environment.ts';
import { type Layer, layers } from '../../environment/outputs.ts';
import { repositoryRoot } from '../../repository/root.ts';
import { type Aws, startAws } from '../../sandbox/aws/index.ts';
import { startCertManagerProvider } from '../../sandbox/cert-manager/index.ts';
import { writeStandInCharts } from '../../sandbox/charts/index.ts';
import { ensureTools, pulumiEnvironment } from '../../toolchain/index.ts';
import { outputErrors } from '../json-schemas.ts';
import { ApiServer } from './api-server.ts';
import { actAsCertManager } from './cert-manager.ts';

export interface DemoOptions {
  /** Changes the files of the environment (`<stacks>/demo`) before anything is deployed. */
  adapt?: (environment: DemoEnvironment) => void;
  /** Layers to deploy, in their order; absent: all. */
  layers?: readonly Layer[];
}

export interface CommandResult {
  exitCode: number | undefined;
  stdout: string;
  stderr: string;
}

/**
 * The demo environment at 1.21 with its four stacks deployed: to the simulated account, whose machines only record that
 * they were started, and to an API server that has no nodes. Commands run on it as processes of their own.
 */
export class DemoEnvironment {
  /** The environments directory; the environment's files are in `demo` below it. */
  get stacks(): string {
    return this.#workspace.stacks;
  }
  readonly api: ApiServer;
  /** What commands need to find the account, the cluster and the state. */
  env: Record<string, string> = {};
  #workspace!: Workspace;
  #aws!: Aws;
  #certManager!: { port: number; stop: () => Promise<void> };
  #acting?: NodeJS.Timeout;
  readonly #directory = mkdtempSync(join(tmpdir(), 'kubezero-demo-'));
  readonly #before = { ...process.env };

  private constructor(api: ApiServer) {
    this.api = api;
  }

  static async start({ adapt, layers: wanted = layers }: DemoOptions = {}): Promise<DemoEnvironment> {
    const demo = new DemoEnvironment(await ApiServer.start('1.21'));
    try {
      await demo.#prepare();
      adapt?.(demo);
      await demo.up(wanted);
      return demo;
    } catch (error) {
      await demo.stop();
      throw error;
    }
  }

  /** What the stacks are driven with from within the test. */
  engine(): Engine {
    const variables = this.env as Engine['variables'];
    return { variables, charts: new ChartStore({ env: { ...process.env, ...variables } }) };
  }

  /** Text of a file of the environment. */
  read(file: string): string {
    return readFileSync(join(this.stacks, 'demo', file), 'utf8');
  }

  /** Changes a file of the environment; fails where the change changes nothing. */
  edit(file: string, change: (text: string) => string): void {
    const text = this.read(file);
    const changed = change(text);
    if (changed === text) throw new Error(`${file} is as it was`);
    writeFileSync(join(this.stacks, 'demo', file), changed);
  }

  /** Brings stacks in line with the files, without the gates of `kubezero up`: there are no nodes to wait for. */
  async up(wanted: readonly Layer[] = layers): Promise<void> {
    const environment = loadEnvironment('demo', this.stacks);
    const stacks = new Stacks(environment, this.engine());
    const update = async (...some: Layer[]) => {
      for (const layer of some.filter((each) => wanted.includes(each)))
        await stacks.up(layer, await desiredOf(layer, environment, stacks));
    };
    await update('network');
    await Promise.all([update('controllers', 'modules'), update('workers')]);
  }

  /** The command line, run to its end. What it prints with `--json` has to be what the published schemas say. */
  async kubezero(...args: string[]): Promise<CommandResult> {
    const command = [join(repositoryRoot, 'bin/kubezero.js'), ...args, '--stacks', this.stacks];
    const { exitCode, stdout, stderr } = await execa(process.execPath, command, {
      cwd: this.#workspace.root,
      env: this.env,
      stdin: 'ignore',
      reject: false,
    });
    const broken = args.includes('--json') ? outputErrors(args, stdout) : [];
    if (broken.length > 0) throw new Error(`output of kubezero ${args.join(' ')}:\n${broken.join('\n')}`);
    return { exitCode, stdout, stderr };
  }

  /** `pulumi` as typed into a shell, in the directory of Pulumi.yaml. */
  async pulumi(...args: string[]): Promise<CommandResult> {
    const { exitCode, stdout, stderr } = await execa('pulumi', [...args, '--non-interactive', '--color', 'never'], {
      cwd: this.#workspace.root,
      env: this.env,
      reject: false,
    });
    return { exitCode, stdout, stderr };
  }

  async stop(): Promise<void> {
    clearInterval(this.#acting);
    await this.#certManager?.stop();
    await this.#aws?.stop();
    await this.api.stop();
    process.env = this.#before;
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #prepare(): Promise<void> {
    const directory = this.#directory;
    this.#workspace = await createWorkspace(loadEnvironment('demo', join(repositoryRoot, 'stacks')), directory);
    await this.#describeCluster();
    const [state, charts] = [join(directory, 'state'), join(directory, 'charts')];
    mkdirSync(state);
    await writeStandInCharts(charts, { size: 'small' });
    this.#certManager = await startCertManagerProvider();
    this.#acting = setInterval(() => void actAsCertManager(this.api).catch(() => {}), 300);
    this.#aws = await startAws({
      host: { boot: async () => {}, terminate: async () => {} },
      address: this.api.address,
      region: 'eu-central-1',
      directory,
      log: () => {},
    });
    this.env = {
      ...(await pulumiEnvironment(await ensureTools(['engine', 'shell']))),
      PULUMI_BACKEND_URL: `file://${state}`,
      PULUMI_CONFIG_PASSPHRASE: 'test-passphrase',
      // Writing the state at the end only saves most of an update's time; none here is killed.
      PULUMI_EXPERIMENTAL: 'true',
      PULUMI_SKIP_CHECKPOINTS: 'true',
      PULUMI_DEBUG_PROVIDERS: `aws:${this.#aws.providerPort},kubernetes-cert-manager:${this.#certManager.port}`,
      AWS_ENDPOINT_URL: this.#aws.endpointUrl,
      AWS_ACCESS_KEY_ID: 'sandbox',
      AWS_SECRET_ACCESS_KEY: 'sandbox-secret-key',
      AWS_REGION: 'eu-central-1',
      KUBECONFIG: this.#kubeconfig(),
      KUBEZERO_STACKS: this.stacks,
      KUBEZERO_CHARTS: [process.env.KUBEZERO_CHARTS, charts].filter(Boolean).join(delimiter),
    };
    Object.assign(process.env, this.env);
  }

  /** What kubeadm keeps in the cluster: whose it is. */
  async #describeCluster(): Promise<void> {
    const ClusterConfiguration = stringify({
      clusterName: 'demo',
      kubernetesVersion: 'v1.21.9',
      controlPlaneEndpoint: 'kube-api.demo.example.com:6443',
    });
    const metadata = { name: 'kubeadm-config', namespace: 'kube-system' };
    const path = '/api/v1/namespaces/kube-system/configmaps';
    await this.api.call('POST', path, { metadata, data: { ClusterConfiguration } });
  }

  /** That of the API server, with the context that the environment is looked for under. */
  #kubeconfig(): string {
    const config = parse(readFileSync(this.api.kubeconfig, 'utf8'));
    config.contexts[0].name = 'demo';
    config['current-context'] = 'demo';
    const file = join(this.#directory, 'kubeconfig');
    writeFileSync(file, stringify(config), { mode: 0o600 });
    return file;
  }
}
