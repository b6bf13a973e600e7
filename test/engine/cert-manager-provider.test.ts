import { Provider } from '@pulumi/kubernetes/provider.js';
import { CertManager, type CertManagerArgs } from '@pulumi/kubernetes-cert-manager';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startCertManagerProvider } from '../../sandbox/cert-manager/index.ts';
import { ensureTools, pulumiEnvironment } from '../../toolchain/index.ts';
import { startTestAccount, type TestAccount } from './aws-account.ts';
import { type StubProvider, startStubProvider } from './stub-provider.ts';

const releaseType = 'kubernetes:helm.sh/v3:Release';

describe('the stand-in for the cert-manager component provider', () => {
  let account: TestAccount;
  let kubernetes: StubProvider;
  const stopping: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    account = await startTestAccount(await pulumiEnvironment(await ensureTools(['engine'])));
    kubernetes = await startStubProvider('4.25.0');
    stopping.push(
      () => account.stop(),
      () => kubernetes.stop(),
    );
  });
  afterAll(async () => {
    for (const stop of stopping) await stop();
  });

  async function deploy(name: string, args: CertManagerArgs, port: number) {
    const program = async () => {
      const provider = new Provider('cluster', { kubeconfig: 'none' });
      const component = new CertManager(name, args, { providers: { kubernetes: provider } });
      return { status: component.status };
    };
    const providers = [`kubernetes:${kubernetes.port}`, `kubernetes-cert-manager:${port}`];
    const stack = await account.stack(name, program, providers);
    const previewed = await stack.preview();
    const { outputs } = await stack.up();
    const { deployment } = await stack.exportStack();
    await stack.destroy();
    return { outputs, previewed, resources: deployment.resources as { urn: string; type: string; parent?: string }[] };
  }

  test('makes one Helm release of the chart, with its own inputs over the given values', async () => {
    const { port, stop } = await startCertManagerProvider();
    stopping.push(stop);
    const args: CertManagerArgs = {
      installCRDs: false,
      prometheus: { servicemonitor: { enabled: true } } as CertManagerArgs['prometheus'],
      helmOptions: {
        chart: '/charts/cert-manager',
        name: 'cert-manager',
        namespace: 'cert-manager',
        skipAwait: true,
        values: { installCRDs: true, extraArgs: ['--dns01-recursive-nameservers-only'] },
      },
    };
    const { outputs, previewed, resources } = await deploy('cert-manager', args, port);
    expect(previewed.changeSummary.create).toBe(4);
    expect(kubernetes.created.get(`${releaseType} cert-manager-helm`)).toMatchObject({
      chart: '/charts/cert-manager',
      name: 'cert-manager',
      namespace: 'cert-manager',
      skipAwait: true,
      repositoryOpts: { repo: 'https://charts.jetstack.io' },
      values: {
        installCRDs: false,
        prometheus: { servicemonitor: { enabled: true } },
        extraArgs: ['--dns01-recursive-nameservers-only'],
      },
    });
    expect(outputs.status?.value).toMatchObject({ status: 'deployed', name: 'cert-manager' });
    const release = resources.find(({ type }) => type === releaseType);
    expect(release?.parent).toContain('kubernetes-cert-manager:index:CertManager::cert-manager');
  });

  test('fails the update, not the process, when the release is refused', async () => {
    const { port, stop } = await startCertManagerProvider();
    stopping.push(stop);
    const failure = deploy('refused', { helmOptions: { name: 'refused' } }, port);
    await expect(failure).rejects.toThrow('refused-helm is refused');
  });

  test('serves several engines at once, from two servers in one process', async () => {
    const servers = await Promise.all([startCertManagerProvider(), startCertManagerProvider()]);
    stopping.push(...servers.map(({ stop }) => stop));
    const names = ['one', 'two', 'three'];
    await Promise.all(
      names.map((name, index) =>
        deploy(name, { helmOptions: { name, namespace: name } }, servers[index % 2]?.port ?? 0),
      ),
    );
    for (const name of names)
      expect(kubernetes.created.get(`${releaseType} ${name}-helm`)).toMatchObject({
        namespace: name,
        chart: 'cert-manager',
      });
  });
});
