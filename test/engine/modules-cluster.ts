import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ProviderResource } from '@pulumi/pulumi';
import { type EngineEvent, LocalWorkspace, type PulumiFn } from '@pulumi/pulumi/automation/index.js';
import { ChartStore } from '../../charts/index.ts';
import type { ModulesOutputs } from '../../environment/outputs.ts';
import { serviceRoles } from '../../infra/network/service-permissions.ts';
import { CrdProvider, isPacked, pluginName, serveCrds, unpackCrd } from '../../modules/crds/index.ts';
import type { DeliveryOptions } from '../../modules/delivery/index.ts';
import { deployModules, type RenderedModule, type RenderModulesArgs, renderModules } from '../../modules/deploy.ts';
import { clusterProvider } from '../../modules/provider.ts';
import { release } from '../../releases/index.ts';
import type { ModuleId, ReleaseId } from '../../releases/release.ts';
import { startCertManagerProvider } from '../../sandbox/cert-manager/index.ts';
import { writeStandInCharts } from '../../sandbox/charts/index.ts';
import { ownOutputs } from '../../stacks/upstream.ts';
import { ensureTools, pulumiEnvironment } from '../../toolchain/index.ts';
import { ApiServer } from './api-server.ts';
import { actAsCertManager } from './cert-manager.ts';
import { demoValues } from './everything.ts';

type Values = Record<string, unknown>;

/** Desired state of the modules stack, as far as a test gives it. */
export interface Desired {
  release: ReleaseId;
  releases?: Partial<Record<ModuleId, ReleaseId>>;
  crds?: Partial<Record<ModuleId, ReleaseId>>;
  kubernetesVersion?: string;
  delivery?: Omit<DeliveryOptions, 'before'>;
}

/** An object of the cluster that a stack's state has. */
export interface OwnedObject {
  apiVersion: string;
  kind: string;
  name: string;
  namespace?: string;
  uid: string;
}

interface StateResource {
  inputs?: object;
  outputs?: {
    apiVersion?: string;
    kind?: string;
    metadata?: { name: string; namespace?: string; uid: string };
    uid?: string;
  };
}

/** The demo environment's modules on an API server. */
export class ModulesCluster {
  readonly api: ApiServer;
  readonly values: Partial<Record<ReleaseId, Values>> = {};
  /** What the last update changed, in the order that it was done. */
  order: string[] = [];
  #variables: Record<string, string> = {};
  #charts!: ChartStore;
  readonly #environment = { ...process.env };
  #stopProviders: () => Promise<unknown> = async () => {};
  #controllers?: NodeJS.Timeout;

  private constructor(api: ApiServer) {
    this.api = api;
  }

  /**
   * @param charts  `any`: real charts, where whoever runs the tests has some, come first; `stand-ins`: what is rendered
   *   depends on nothing but this repository
   */
  static async start(id: ReleaseId, charts: 'any' | 'stand-ins' = 'any'): Promise<ModulesCluster> {
    const cluster = new ModulesCluster(await ApiServer.start(id));
    const standIns = join(cluster.api.directory, 'charts');
    const state = join(cluster.api.directory, 'state');
    mkdirSync(state);
    await writeStandInCharts(standIns, { size: 'small' });
    // A stand-in never comes before upstream's chart, wherever it lies.
    const env = charts === 'any' ? process.env : { KUBEZERO_CACHE: join(cluster.api.directory, 'cache') };
    cluster.#charts = new ChartStore({ given: [standIns], env });
    const certManager = await startCertManagerProvider();
    const crds = await serveCrds(cluster.api.kubeconfig);
    cluster.#stopProviders = () => Promise.all([certManager.stop(), crds.stop()]);
    cluster.#variables = {
      ...(await pulumiEnvironment(await ensureTools(['engine']))),
      PULUMI_BACKEND_URL: `file://${state}`,
      PULUMI_CONFIG_PASSPHRASE: 'test',
      // Writing the state at the end only saves most of an update's time; none here is killed.
      PULUMI_EXPERIMENTAL: 'true',
      PULUMI_SKIP_CHECKPOINTS: 'true',
      PULUMI_DEBUG_PROVIDERS: `kubernetes-cert-manager:${certManager.port},${pluginName}:${crds.port}`,
      KUBECONFIG: cluster.api.kubeconfig,
    };
    process.env.PATH = cluster.#variables.PATH;
    cluster.values['1.21'] = demoValues();
    cluster.#controllers = setInterval(() => void actAsCertManager(cluster.api).catch(() => {}), 300);
    return cluster;
  }

  async stop(): Promise<void> {
    clearInterval(this.#controllers);
    await this.#stopProviders();
    await this.api.stop();
    process.env = this.#environment;
  }

  /**
   * Updates the stack; what changed, as `create Deployment/argocd/argocd-server`, sorted.
   * @param until  picks a change at which the update is interrupted
   */
  async up(desired: Desired, until: (change: string) => boolean = () => false): Promise<string[]> {
    const changes: string[] = [];
    const interruption = new AbortController();
    const onEvent = (event: EngineEvent) => {
      const more = change(event);
      changes.push(...more);
      if (more.some(until)) interruption.abort();
    };
    const stack = await this.#stack(desired);
    await stack.up({ onEvent, signal: interruption.signal }).catch((error: Error) => {
      if (!interruption.signal.aborted) throw error;
    });
    this.order = [...changes];
    return changes.sort();
  }

  /** Outputs of the stack, and the objects in its state. */
  async state(): Promise<{ outputs: Partial<ModulesOutputs>; objects: OwnedObject[] }> {
    const stack = await this.#stack({ release: '1.22' });
    const outputs = Object.fromEntries(Object.entries(await stack.outputs()).map(([key, { value }]) => [key, value]));
    const { deployment } = await stack.exportStack();
    const objects = ((deployment?.resources ?? []) as StateResource[]).flatMap(
      ({ inputs = {}, outputs: { metadata, uid, ...object } = {} }) => {
        if (isPacked(inputs) && uid) {
          const { apiVersion, kind } = unpackCrd(inputs);
          return [{ apiVersion, kind, name: inputs.name, uid }];
        }
        return metadata?.uid && object.apiVersion && object.kind
          ? [{ apiVersion: object.apiVersion, kind: object.kind, ...metadata }]
          : [];
      },
    );
    return { outputs, objects };
  }

  async preview(desired: Desired): Promise<string[]> {
    const changes: string[] = [];
    const stack = await this.#stack(desired);
    await stack.preview({ onEvent: (event) => changes.push(...change(event)) });
    return changes.sort();
  }

  /** Everything that `up` would deploy, those objects included that cert-manager's component makes. */
  render(desired: Desired): Promise<RenderedModule[]> {
    return this.inProgram((args) => renderModules(args(desired), { components: true }));
  }

  /** What a function gives that has to run in a Pulumi program, since the provider's Helm renders for it. */
  async inProgram<T>(program: (args: (desired: Desired) => RenderModulesArgs) => Promise<T>): Promise<T> {
    let result: { value: T } | undefined;
    const stack = await this.#run('demo-rendered', async () => {
      const provider = providerOfTest();
      result = { value: await program((desired) => this.#arguments(desired, provider)) };
    });
    await stack.preview();
    return result!.value;
  }

  #stack(desired: Desired) {
    return this.#run('demo-modules', async () => {
      const { delivery: before = {} } = desired.delivery ? await ownOutputs<ModulesOutputs>() : {};
      const crdProvider = new CrdProvider('crds', { context: 'test' });
      return deployModules({ ...this.#arguments(desired, providerOfTest(), before), crdProvider });
    });
  }

  #arguments(
    { kubernetesVersion, delivery, ...state }: Desired,
    provider: ProviderResource,
    before: DeliveryOptions['before'] = {},
  ): RenderModulesArgs {
    return {
      ...state,
      ...(delivery ? { delivery: { ...delivery, before } } : {}),
      values: this.values,
      facts: facts(kubernetesVersion ?? release(state.release).kubernetesVersion),
      charts: this.#charts,
      provider,
    };
  }

  #run(stackName: string, program: PulumiFn) {
    return LocalWorkspace.createOrSelectStack(
      { stackName, projectName: 'kubezero', program },
      { workDir: this.api.directory, envVars: this.#variables },
    );
  }
}

function providerOfTest() {
  return clusterProvider('cluster', { identifier: 'demo', context: 'test' });
}

export function facts(kubernetesVersion: string) {
  return {
    clusterName: 'demo',
    region: 'eu-central-1',
    accountId: '123456789012',
    zones: ['a', 'b', 'c'].map((zone) => `eu-central-1${zone}`),
    apiEndpoint: 'kube-api.demo.example.com:6443',
    oidcIssuer: 'https://demo-oidc.s3.eu-central-1.amazonaws.com',
    backupBucket: 'demo-backup',
    roleArns: Object.fromEntries(
      Object.keys(serviceRoles).map((name) => [name, `arn:aws:iam::123456789012:role/demo-${name}`]),
    ),
    kubernetesVersion,
    awsIamAuthenticator: { adminRole: 'arn:aws:iam::123456789012:role/administrators' },
  };
}

function change(event: EngineEvent): string[] {
  const metadata = event.resOutputsEvent?.metadata ?? event.resourcePreEvent?.metadata;
  if (!metadata || metadata.op === 'same' || event.resourcePreEvent?.metadata.op === undefined) return [];
  if (metadata.type === 'pulumi:pulumi:Stack') return [];
  const fields = metadata.op === 'update' ? ` ${(metadata.diffs ?? []).join(' ')}` : '';
  return [`${metadata.op} ${metadata.urn.split('::').at(-1)}${fields}`.trim()];
}
