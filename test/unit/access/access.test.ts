import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Access } from '../../../automation/access/access.ts';
import { openCluster } from '../../../automation/live/kubernetes/client.ts';
import type { KeyPair } from '../../../certificates/index.ts';
import { type Environment, loadEnvironment } from '../../../environment/environment.ts';
import { repositoryRoot } from '../../../repository/root.ts';
import { FakeAws } from './fake-aws.ts';
import { type FakeApi, fakeApiServer, fakeSessionTools, type SessionTools } from './fake-session.ts';
import { clusterKeys } from './keys.ts';

const demo = loadEnvironment('demo', join(repositoryRoot, 'stacks'));
const withSsm: Environment = { ...demo, access: { ssm: true } };
const keys = 'demo-backup/k8s/demo/pki/shared-keys';
const outputs: Record<string, unknown> = {
  network: { region: 'eu-central-1', backupBucket: 'demo-backup' },
  controllers: { release: '1.22', autoScalingGroups: { 'eu-central-1a': 'demo-controller-a' } },
  modules: { releases: { addons: '1.22' } },
};

let aws: FakeAws;
let authority: KeyPair;
let object: string;
let api: FakeApi;
let directory: string;
let tools: SessionTools;
const path = process.env.PATH;

beforeAll(async () => {
  ({ authority, object } = await clusterKeys());
  api = await fakeApiServer(authority, demo.apiHost);
  aws = await FakeAws.start();
});
afterAll(() => {
  api.stop();
  aws.stop();
});
beforeEach(() => {
  aws.point();
  aws.refusal = undefined;
  aws.denied.clear();
  aws.objects.set(keys, object);
  aws.groups = { 'demo-controller-a': { 'i-old': 'Terminating', 'i-a': 'InService' } };
  directory = mkdtempSync(join(tmpdir(), 'kubezero-access-test-'));
  tools = fakeSessionTools(directory);
  tools.lead({ 'i-a': api.port });
  vi.stubEnv('PATH', [tools.path, dirname(process.execPath), path].join(delimiter));
  vi.stubEnv('HOME', directory);
  vi.stubEnv('KUBECONFIG', undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true, force: true });
});

function access(environment = demo, deployed = outputs): Access {
  const stacks = { outputs: async (layer: string) => deployed[layer] } as never;
  const command = { signal: new AbortController().signal, warn: () => undefined };
  return new Access({ environment, stacks: () => stacks, command });
}

describe('without a kube context of the operator’s', () => {
  // First: clients keep credentials as long as the process runs.
  it('stops where it gets no credentials, as if it hadn’t tried', async () => {
    aws.objects.set('demo-backup/k8s/demo/pki/ca.crt', authority.cert);
    aws.denied.add(keys);
    writeFileSync(
      join(tools.path, 'aws-iam-authenticator'),
      '#!/bin/sh\necho "could not get token: no role" >&2\nexit 1\n',
    );
    chmodSync(join(tools.path, 'aws-iam-authenticator'), 0o755);
    const own = access({ ...withSsm, awsIamAuthenticator: { ...withSsm.awsIamAuthenticator, enabled: true } });
    await expect(own.attempt()).rejects.toMatchObject({
      message: 'there are no credentials for the cluster: could not get token: no role',
      where: 'kube context demo',
    });
    expect(process.env.KUBECONFIG).toBeUndefined();
    await own.close();
  });

  it('logs in with a certificate of its own, through a controller that runs', async () => {
    const own = access(withSsm);
    expect(await own.attempt()).toEqual([]);
    const file = process.env.KUBECONFIG!;
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(file)).mode & 0o777).toBe(0o700);
    expect(readFileSync(file, 'utf8')).not.toMatch(/PRIVATE|client-key|token/);

    const { gitVersion } = await openCluster('demo').version.getCode();
    expect(gitVersion).toBe('v1.22.8');
    expect(api.askers).toEqual([`kubezero:${aws.arn}`]);
    await own.close();
  }, 60_000);

  it('waits for the keys', async () => {
    aws.objects.clear();
    expect(await access(withSsm).attempt()).toEqual([
      { object: `s3://${keys}`, reason: 'not there yet: the first controller makes the keys' },
    ]);
    expect(process.env.KUBECONFIG).toBeUndefined();
  });

  it('waits for a controller to let it through', async () => {
    tools.lead({ 'i-a': 'TargetNotConnected' });
    expect(await access(withSsm).attempt()).toEqual([
      { object: 'API servers of demo', reason: expect.stringContaining('i-a: An error occurred (TargetNotConnected)') },
    ]);
  });

  it('doesn’t believe an API server of another authority', async () => {
    const { authority: other } = await clusterKeys();
    const impostor = await fakeApiServer(other, demo.apiHost);
    tools.lead({ 'i-a': impostor.port });
    const [wait] = await access(withSsm).attempt();
    impostor.stop();
    expect(wait?.reason).toMatch(/i-a: [A-Z_]*(SIGNATURE|SELF_SIGNED|VERIFY)[A-Z_]*: 127\.0\.0\.1/);
  }, 60_000);

  it('says what is missing where the cluster is needed now', async () => {
    await expect(access().open()).rejects.toMatchObject({
      message: expect.stringMatching(/^the cluster of demo can’t be reached:\n {2}API servers of demo: \w+/),
      where: 'kube context demo',
      state: 'nothing was touched',
      fix: expect.stringMatching(/access: \{ ssm: true \}/),
    });
  });

  it('says why to who gets by without, and nothing before there is a cluster', async () => {
    expect(await access().tryOpen()).toMatch(/^API servers of demo: /);
    aws.refusal = 'AccessDenied';
    expect(await access().tryOpen()).toMatch(/^the cluster’s keys can’t be read: AWS denies s3:GetObject/);
    expect(await access(demo, {}).tryOpen()).toBeUndefined();
  });

  it('stops at once where the keys aren’t for its eyes: waiting won’t help', async () => {
    aws.refusal = 'AccessDenied';
    await expect(access(withSsm).attempt()).rejects.toMatchObject({ name: 'UserError', exitCode: 4 });
  });
});

describe('with one', () => {
  const kubeconfig = (server: string) =>
    JSON.stringify({
      clusters: [{ name: 'mine', cluster: { server } }],
      users: [{ name: 'mine', user: {} }],
      contexts: [{ name: 'demo', context: { cluster: 'mine', user: 'mine' } }],
    });

  it('it is used as it is; nobody asks AWS', async () => {
    aws.refusal = 'AccessDenied';
    const file = join(directory, 'mine');
    writeFileSync(file, kubeconfig('https://127.0.0.1:1'));
    vi.stubEnv('KUBECONFIG', file);
    expect(await access().attempt()).toEqual([]);
    expect(await access().foresee(['controllers', 'modules'])).toBeUndefined();
    expect(process.env.KUBECONFIG).toBe(file);
  });

  it('one in a file that can’t be read is an error for who needs it', async () => {
    vi.stubEnv('KUBECONFIG', join(directory, 'none'));
    await expect(access().attempt()).rejects.toThrow("can't read the kubeconfig");
    expect(await access().tryOpen()).toBeUndefined();
    expect(existsSync(join(directory, 'none'))).toBe(false);
  });
});

describe('an update of layers', () => {
  it('stops before anything where nothing leads to the cluster', async () => {
    await expect(access(demo, {}).foresee(['network', 'controllers'])).rejects.toMatchObject({
      state: 'nothing was changed',
      fix: expect.stringContaining('kubezero up demo --layer network'),
    });
  });

  it('of the network alone needs no cluster', async () => {
    vi.stubEnv('KUBECONFIG', join(directory, 'none'));
    expect(await access(demo, {}).foresee(['network'])).toBeUndefined();
  });
});
