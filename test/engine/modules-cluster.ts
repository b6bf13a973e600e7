import { mkdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type EngineEvent, LocalWorkspace } from '@pulumi/pulumi/automation/index.js';
import { parse } from 'yaml';
import { deployModules } from '../../modules/deploy.ts';
import { clusterProvider } from '../../modules/provider.ts';
import { release } from '../../releases/index.ts';
import type { ModuleId, ReleaseId } from '../../releases/release.ts';
import { repositoryRoot } from '../../repository/root.ts';
import { startCertManagerProvider } from '../../sandbox/cert-manager/index.ts';
import { writeStandInCharts } from '../../sandbox/charts/index.ts';
import { ensureTools, pulumiEnvironment } from '../../toolchain/index.ts';
import { ApiServer } from './api-server.ts';

type Values = Record<string, unknown>;

/** Desired state of the modules stack, as far as a test gives it. */
export interface Desired {
  release: ReleaseId;
  releases?: Partial<Record<ModuleId, ReleaseId>>;
  crds?: Partial<Record<ModuleId, ReleaseId>>;
  kubernetesVersion?: string;
}

/** The demo environment's modules on an API server, with stand-in charts. */
export class ModulesCluster {
  readonly api: ApiServer;
  readonly values: Partial<Record<ReleaseId, Values>> = {};
  #variables: Record<string, string> = {};
  #stopCertManager: () => Promise<void> = async () => {};
  #controllers?: NodeJS.Timeout;

  private constructor(api: ApiServer) {
    this.api = api;
  }

  static async start(id: ReleaseId): Promise<ModulesCluster> {
    const cluster = new ModulesCluster(await ApiServer.start(id));
    const charts = join(cluster.api.directory, 'charts');
    const state = join(cluster.api.directory, 'state');
    mkdirSync(state);
    await writeStandInCharts(charts);
    // Real charts, where whoever runs the tests has some, come first.
    process.env.KUBEZERO_CHARTS = [process.env.KUBEZERO_CHARTS, charts].filter(Boolean).join(delimiter);
    const certManager = await startCertManagerProvider();
    cluster.#stopCertManager = certManager.stop;
    cluster.#variables = {
      ...(await pulumiEnvironment(await ensureTools(['engine']))),
      PULUMI_BACKEND_URL: `file://${state}`,
      PULUMI_CONFIG_PASSPHRASE: 'test',
      PULUMI_DEBUG_PROVIDERS: `kubernetes-cert-manager:${certManager.port}`,
      KUBECONFIG: cluster.api.kubeconfig,
    };
    process.env.PATH = cluster.#variables.PATH;
    cluster.values['1.21'] = demoValues();
    cluster.#controllers = setInterval(() => void cluster.#actAsCertManager().catch(() => {}), 300);
    return cluster;
  }

  async stop(): Promise<void> {
    clearInterval(this.#controllers);
    await this.#stopCertManager();
    await this.api.stop();
  }

  /** Updates the stack; what changed, as `create Deployment/argocd/argocd-server`, sorted. */
  async up(desired: Desired): Promise<string[]> {
    const changes: string[] = [];
    const stack = await this.#stack(desired);
    await stack.up({ onEvent: (event) => changes.push(...change(event)) });
    return changes.sort();
  }

  async preview(desired: Desired): Promise<string[]> {
    const changes: string[] = [];
    const stack = await this.#stack(desired);
    await stack.preview({ onEvent: (event) => changes.push(...change(event)) });
    return changes.sort();
  }

  async #stack(desired: Desired) {
    const { kubernetesVersion = release(desired.release).kubernetesVersion, ...state } = desired;
    const program = async () =>
      deployModules({
        ...state,
        values: this.values,
        facts: facts(kubernetesVersion),
        provider: clusterProvider('cluster', { identifier: 'demo', context: 'test' }),
      });
    return LocalWorkspace.createOrSelectStack(
      { stackName: 'demo-modules', projectName: 'kubezero', program },
      { workDir: this.api.directory, envVars: this.#variables },
    );
  }

  /** What cert-manager would do here, had it nodes to run on: come up, and give its webhooks a CA. */
  async #actAsCertManager(): Promise<void> {
    const workload = '/apis/apps/v1/namespaces/cert-manager/deployments/cert-manager-webhook';
    if (!(await this.api.call('GET', workload))) return;
    const conditions = [{ type: 'Available', status: 'True', reason: 'Test', message: '' }];
    await this.api.call('PATCH', `${workload}/status`, { status: { conditions } });
    for (const kind of ['validating', 'mutating']) {
      const path = `/apis/admissionregistration.k8s.io/v1/${kind}webhookconfigurations/cert-manager-webhook`;
      const found = await this.api.call('GET', path);
      if (!found || found.webhooks[0].clientConfig.caBundle) continue;
      const [webhook] = found.webhooks;
      const clientConfig = { ...webhook.clientConfig, caBundle: Buffer.from('test').toString('base64') };
      await this.api.call('PATCH', path, { webhooks: [{ ...webhook, clientConfig }] });
    }
  }
}

export function facts(kubernetesVersion: string) {
  const consumers = ['cert-manager', 'aws-ebs-csi-driver', 'external-dns', 'forseti', 'aws-node-termination-handler'];
  return {
    clusterName: 'demo',
    region: 'eu-central-1',
    accountId: '123456789012',
    zones: ['a', 'b', 'c'].map((zone) => `eu-central-1${zone}`),
    apiEndpoint: 'kube-api.demo.example.com:6443',
    oidcIssuer: 'https://demo-oidc.s3.eu-central-1.amazonaws.com',
    backupBucket: 'demo-backup',
    roleArns: Object.fromEntries(consumers.map((name) => [name, `arn:aws:iam::123456789012:role/demo-${name}`])),
    kubernetesVersion,
  };
}

/** Values of the demo environment's application.yaml. */
export function demoValues(): Values {
  const document = parse(readFileSync(join(repositoryRoot, 'stacks/demo/application.yaml'), 'utf8'));
  return parse(document.spec.source.helm.values);
}

function change(event: EngineEvent): string[] {
  const metadata = event.resOutputsEvent?.metadata ?? event.resourcePreEvent?.metadata;
  if (!metadata || metadata.op === 'same' || event.resourcePreEvent?.metadata.op === undefined) return [];
  if (metadata.type === 'pulumi:pulumi:Stack') return [];
  const fields = metadata.op === 'update' ? ` ${(metadata.diffs ?? []).join(' ')}` : '';
  return [`${metadata.op} ${metadata.urn.split('::').at(-1)}${fields}`.trim()];
}
