import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { kubeconfigOf } from '../../../automation/access/kubeconfig.ts';
import { writeKubeconfig } from '../../../automation/access/kubeconfig-file.ts';
import { authenticatorPlugin, certificatePlugin } from '../../../automation/access/plugins.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kubezero-kubeconfig-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));
const file = () => join(directory, 'config');

const environment = { name: 'demo', region: 'eu-central-1', awsIamAuthenticator: { enabled: true } };
const options = {
  context: 'demo',
  apiHost: 'kube-api.demo.example.com',
  ca: '-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n',
  plugin: certificatePlugin(environment, 'demo-backup'),
};
const isOurs = ({ server }: Record<string, unknown>) => server === 'https://kube-api.demo.example.com:6443';

describe('a kubeconfig', () => {
  it('has what Kubernetes clients need, and no secret', () => {
    const config = new KubeConfig();
    config.loadFromString(JSON.stringify(kubeconfigOf(options)));
    expect(config.getCurrentContext()).toBe('demo');
    expect(config.getCurrentCluster()).toMatchObject({
      server: 'https://kube-api.demo.example.com:6443',
      caData: Buffer.from(options.ca).toString('base64'),
    });
    expect(config.getCurrentUser()?.exec).toEqual({
      apiVersion: 'client.authentication.k8s.io/v1beta1',
      command: expect.stringMatching(/\/bin\/kubezero\.js$/),
      args: ['kubeconfig', 'demo', '--credential', '--bucket', 'demo-backup', '--region', 'eu-central-1'],
      interactiveMode: 'Never',
    });
  });

  it('leads through a tunnel to the same name', () => {
    const cluster = kubeconfigOf({ ...options, localPort: 16443 }).clusters[0]?.cluster;
    expect(cluster).toMatchObject({
      server: 'https://127.0.0.1:16443',
      'tls-server-name': 'kube-api.demo.example.com',
    });
  });

  it.each([
    ['1.21', 'v1alpha1', undefined],
    ['1.22', 'v1beta1', 'Never'],
  ] as const)('asks aws-iam-authenticator at %s in its own version, %s', (release, version, interactiveMode) => {
    const adminRole = 'arn:aws:iam::123456789012:role/admins';
    const plugin = authenticatorPlugin({ ...environment, awsIamAuthenticator: { enabled: true, adminRole } }, release);
    const exec = kubeconfigOf({ ...options, plugin }).users[0]?.user.exec as Record<string, unknown>;
    expect(exec).toMatchObject({
      apiVersion: `client.authentication.k8s.io/${version}`,
      command: 'aws-iam-authenticator',
      args: ['token', '-i', 'demo', '-r', adminRole],
    });
    expect(exec.interactiveMode).toBe(interactiveMode);
  });

  it('logs in as whoever one is, where environment.yaml has no role', () => {
    expect(authenticatorPlugin(environment, '1.22').args).toEqual(['token', '-i', 'demo']);
  });
});

describe('written into a file', () => {
  const others = `# mine
apiVersion: v1
kind: Config
current-context: other
preferences: {}
clusters: [{name: other, cluster: {server: "https://other:6443"}}] # kept
users:
  - name: other
    user: {token: abc}
contexts: null
`;

  it('is its owner’s alone, and made with its directory', () => {
    const deep = join(directory, 'a/b/config');
    writeKubeconfig(deep, kubeconfigOf(options), isOurs);
    expect(statSync(deep).mode & 0o777).toBe(0o600);
    expect(parse(readFileSync(deep, 'utf8'))).toEqual(kubeconfigOf(options));
  });

  it('leaves others’ entries, the current context and comments, and no file beside it', () => {
    writeFileSync(file(), others);
    chmodSync(file(), 0o644);
    writeKubeconfig(file(), kubeconfigOf(options), isOurs);
    const text = readFileSync(file(), 'utf8');
    expect(text).toContain('# mine');
    const config = parse(text);
    expect(config['current-context']).toBe('other');
    expect(config.clusters.map(({ name }: { name: string }) => name)).toEqual(['other', 'demo']);
    expect(config.users[0]).toEqual({ name: 'other', user: { token: 'abc' } });
    expect(config.contexts).toEqual(kubeconfigOf(options).contexts);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory)).toEqual(['config']);
  });

  it('replaces its own entries, and is then the same again', () => {
    writeFileSync(file(), others);
    writeKubeconfig(file(), kubeconfigOf({ ...options, ca: 'old' }), isOurs);
    writeKubeconfig(file(), kubeconfigOf(options), isOurs);
    const once = readFileSync(file(), 'utf8');
    writeKubeconfig(file(), kubeconfigOf(options), isOurs);
    expect(readFileSync(file(), 'utf8')).toBe(once);
    expect(parse(once).clusters).toHaveLength(2);
  });

  it('goes through a symbolic link, which stays one', () => {
    writeFileSync(join(directory, 'real'), '');
    symlinkSync('real', file());
    writeKubeconfig(file(), kubeconfigOf(options), isOurs);
    expect(lstatSync(file()).isSymbolicLink()).toBe(true);
    expect(parse(readFileSync(join(directory, 'real'), 'utf8')).kind).toBe('Config');
  });

  it('is refused where another cluster has the name', () => {
    const text = others.replaceAll('name: other', 'name: demo');
    writeFileSync(file(), text);
    expect(() => writeKubeconfig(file(), kubeconfigOf(options), isOurs)).toThrow(
      'the kubeconfig has another cluster "demo"',
    );
    expect(readFileSync(file(), 'utf8')).toBe(text);
  });

  it.each(['clusters: [', 'a text', 'clusters: {}'])('is refused where the file is no kubeconfig: %s', (text) => {
    writeFileSync(file(), text);
    expect(() => writeKubeconfig(file(), kubeconfigOf(options), isOurs)).toThrow('that file is no kubeconfig');
    expect(readFileSync(file(), 'utf8')).toBe(text);
  });

  it('is refused where it can’t be written, and leaves nothing', () => {
    writeFileSync(join(directory, 'plain'), '');
    const below = join(directory, 'plain/config');
    expect(() => writeKubeconfig(below, kubeconfigOf(options), isOurs)).toThrow(/the kubeconfig can't be/);
    expect(existsSync(below)).toBe(false);
  });
});
