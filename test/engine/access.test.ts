import { copyFileSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { clusterKeys } from '../unit/access/keys.ts';
import { DemoEnvironment } from './demo-environment.ts';

let demo: DemoEnvironment;
let ca: string;
/** Of an operator who has one. */
let kubeconfig: string;

beforeAll(async () => {
  demo = await DemoEnvironment.start({ layers: [], adapt: switchOff });
  kubeconfig = demo.env.KUBECONFIG!;
  // Nobody here has a kube context for the environment.
  const home = join(demo.stacks, '../home');
  mkdirSync(home);
  Object.assign(demo.env, { HOME: home, KUBECONFIG: '' });
});
afterAll(() => demo?.stop());

/** One module will do. */
function switchOff(environment: DemoEnvironment): void {
  environment.edit('application.yaml', (text) => {
    const application = parse(text);
    const { network, kubezero } = parse(application.spec.source.helm.values);
    application.spec.source.helm.values = stringify({ kubezero, network });
    return stringify(application);
  });
}

describe('who has no kubeconfig', () => {
  it('is told before anything is made that nothing will lead to the cluster', async () => {
    const { exitCode, stderr } = await demo.kubezero('up', 'demo');
    expect(stderr).toContain(
      'the API servers of demo can’t be reached from here, and layers after the network need them',
    );
    expect(stderr).toContain('state: nothing was changed');
    expect(stderr).toContain('kubezero up demo --layer network');
    expect(exitCode).toBe(4);
  });

  it('can bring up the network', async () => {
    const { exitCode, stderr } = await demo.kubezero('up', 'demo', '--layer', 'network');
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
  });

  it('is told what is still missing for a kubeconfig', async () => {
    expect(await demo.kubezero('kubeconfig', 'demo')).toMatchObject({
      exitCode: 4,
      stdout: '',
      stderr: expect.stringContaining("stack demo-controllers isn't deployed yet"),
    });
    await demo.up(['controllers']);
    expect(await demo.kubezero('kubeconfig', 'demo')).toMatchObject({
      exitCode: 4,
      stdout: '',
      stderr: expect.stringContaining('the keys of cluster demo aren’t in the bucket yet'),
    });
  });

  it('gets one, once the first controller has made the keys', async () => {
    const { authority, object } = await clusterKeys();
    ca = authority.cert;
    const { stdout: outputs } = await demo.pulumi('stack', 'output', '--json', '-s', 'demo-network');
    const { backupBucket } = JSON.parse(outputs);
    const s3 = new S3Client({ forcePathStyle: true });
    await s3.send(new PutObjectCommand({ Bucket: backupBucket, Key: 'k8s/demo/pki/shared-keys', Body: object }));

    const { exitCode, stdout } = await demo.kubezero('kubeconfig', 'demo');
    expect(exitCode).toBe(0);
    const [line = ''] = authority.key.split('\n').slice(-4);
    expect(stdout).not.toContain(line);
    for (const at of [0, 1, 2])
      expect(stdout).not.toContain(Buffer.from(line.slice(at)).toString('base64').slice(0, 60));
    const [{ cluster }] = parse(stdout).clusters;
    expect(cluster.server).toBe('https://kube-api.demo.example.com:6443');
    expect(Buffer.from(cluster['certificate-authority-data'], 'base64').toString()).toBe(ca);

    const file = join(demo.stacks, '../kubeconfig');
    expect((await demo.kubezero('kubeconfig', 'demo', '--write', file)).exitCode).toBe(0);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(parse(readFileSync(file, 'utf8'))).toEqual(parse(stdout));
    const { exec } = parse(stdout).users[0].user;
    expect(exec.args).toContain(backupBucket);
  });

  it('sees in status why the cluster can’t be asked', async () => {
    const { exitCode, stdout } = await demo.kubezero('status', 'demo', '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout).cluster).toEqual({
      context: 'demo',
      error: expect.stringMatching(/^API servers of demo: (ENOTFOUND|EAI_AGAIN|ETIMEDOUT|kube-api)/),
    });
  });
});

describe('operators whose kubeconfigs lie in different places', () => {
  it('work on the same stack: another path is no change, and none is kept', async () => {
    demo.env.KUBECONFIG = kubeconfig;
    await demo.up(['modules']);
    const another = join(demo.stacks, '../another-kubeconfig');
    copyFileSync(kubeconfig, another);
    demo.env.KUBECONFIG = another;
    const { exitCode, stdout, stderr } = await demo.kubezero('preview', 'demo', '--layer', 'modules');
    expect(exitCode, stdout + stderr).toBe(0);
    const state = await demo.pulumi('stack', 'export', '-s', 'demo-modules');
    expect(state.stdout).toContain('pulumi:providers:kubernetes');
    expect(state.stdout).not.toContain('kubeconfig"');
  });

  it('and `pulumi` from a shell on it too: the engine starts the provider of definitions as a plugin', async () => {
    const { exitCode, stdout, stderr } = await demo.pulumi('preview', '-s', 'demo-modules', '--expect-no-changes');
    expect(exitCode, stdout + stderr).toBe(0);
  });

  it('see in status when certificates expire', async () => {
    const { stdout, stderr } = await demo.kubezero('status', 'demo', '--json');
    const { certificates } = JSON.parse(stdout).cluster;
    const server = {
      of: 'API server',
      where: expect.any(String),
      expires: expect.any(String),
      days: expect.any(Number),
    };
    expect(certificates, stderr).toEqual(expect.arrayContaining([expect.objectContaining(server)]));
    expect((await demo.kubezero('status', 'demo')).stdout).toMatch(/^ {2}certificates: .*API server until 20\d\d-/m);
  });

  it('are refused where theirs leads to another cluster', async () => {
    const path = '/api/v1/namespaces/kube-system/configmaps/kubeadm-config';
    const map = await demo.api.call('GET', path);
    const text = map!.data.ClusterConfiguration.replace('clusterName: demo', 'clusterName: production');
    await demo.api.call('PUT', path, { ...map, data: { ClusterConfiguration: text } });
    const { exitCode, stderr } = await demo.kubezero('up', 'demo');
    expect(stderr).toContain('kube context "demo" is cluster production');
    expect(stderr).toContain('state: nothing was touched');
    expect(exitCode).toBe(3);
  });
});
