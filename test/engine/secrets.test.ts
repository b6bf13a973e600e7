import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { exitCode } from '../../errors/index.ts';
import { repositoryRoot } from '../../repository/root.ts';
import { type CommandResult, DemoEnvironment } from './demo-environment.ts';
import { base64, leaks, packed, privateKey } from './seeded-secrets.ts';

/** The secrets of the environment, those it was brought up with and those its files have now. */
const secrets: Record<string, string> = {};
const seed = (name: string, version: string) => {
  const value = createHash('sha256')
    .update(`${name} ${version}`)
    .digest('base64')
    .replaceAll(/[+/=]/g, '')
    .slice(0, 24);
  secrets[`${name} (${version})`] = value;
  return value;
};
const key = (name: string, version: string) => {
  secrets[`${name} (${version})`] = privateKey(seed(name, version));
  return secrets[`${name} (${version})`]!;
};

let demo: DemoEnvironment;
let out: string;

beforeAll(async () => {
  demo = await DemoEnvironment.start({
    adapt: (environment) => {
      seedProcess(environment);
      switchOff(environment);
      seedFiles(environment, 'before');
    },
  });
  out = join(demo.stacks, '../out');
  mkdirSync(out);
  await demo.pulumi(
    'config',
    'set',
    '--secret',
    '-s',
    'demo-modules',
    'kubezero:webhook',
    seed('configuration', 'now'),
  );
  seedFiles(demo, 'now');
});
afterAll(() => demo?.stop());

/** Modules without a secret of their own take their time all the same. */
function switchOff(environment: DemoEnvironment): void {
  editValues(environment, (values) => {
    for (const module of ['storage', 'cert-manager', 'istio-ingress', 'metrics']) delete values[module];
    values.istio['kiali-server'].istio.enabled = false;
    values.logging.kibana.istio.enabled = false;
    values.argocd.istio.enabled = false;
  });
}

// biome-ignore lint/suspicious/noExplicitAny: values are whatever the modules take
function editValues(environment: DemoEnvironment, change: (values: any, application: any) => void): void {
  environment.edit('application.yaml', (text) => {
    const application = parse(text);
    const values = parse(application.spec.source.helm.values);
    change(values, application);
    application.spec.source.helm.values = stringify(values);
    return stringify(application);
  });
}

/** What a process is given: passphrase, AWS, a kubeconfig with more than one user. */
function seedProcess(environment: DemoEnvironment): void {
  const given = {
    PULUMI_CONFIG_PASSPHRASE: seed('passphrase', 'now'),
    AWS_SECRET_ACCESS_KEY: seed('AWS key', 'now'),
    AWS_SESSION_TOKEN: seed('AWS session', 'now'),
  };
  Object.assign(environment.env, given);
  Object.assign(process.env, given);
  const config = parse(readFileSync(environment.env.KUBECONFIG!, 'utf8'));
  config.users.push({
    name: 'other',
    user: {
      token: seed('token of a user', 'now'),
      password: seed('password of a user', 'now'),
      'client-key-data': base64(key('key of a user', 'now')),
    },
  });
  writeFileSync(environment.env.KUBECONFIG!, stringify(config));
}

/** Secrets in the values of four modules, in the machines' user data, and in a URL: plain, as PEM, in JSON, packed. */
function seedFiles(environment: DemoEnvironment, version: 'before' | 'now'): void {
  const awkward = `${seed('elastic', version)}"\\'&<b>`;
  secrets[`elastic (${version})`] = awkward;
  editValues(environment, (values, application) => {
    values.addons.clusterBackup.password = seed('backup', version);
    values.logging.elastic_password = awkward;
    values.logging.fluentd.extraEnvVars = [
      { name: 'UPSTREAM_PASSWORD', value: seed('environment variable', version) },
      { name: 'OPTIONS', value: JSON.stringify({ token: seed('in JSON', version), level: 1 }) },
      { name: 'SETTINGS', value: base64(`user: me\npassword: ${seed('in base64', version)}\n`) },
      { name: 'MORE', value: packed(`[db]\npassword = ${seed('in gzip', version)}\n`) },
    ];
    const { config } = values.logging['fluent-bit'];
    config.output.sharedKey = seed('shared key', version);
    config.extraFiles = { 'client.pem': key('key in a file', version) };
    values.istio['kiali-server'].login_token = { signing_key: seed('signing key', version) };
    values.argocd.configs = {
      repositories: {
        clusters: {
          url: 'https://git.example.com/platform/clusters.git',
          username: 'deploy',
          password: seed('repository', version),
          sshPrivateKey: key('key of a repository', version),
        },
      },
    };
    application.spec.source.repoURL = `https://charts:${seed('charts', version)}@cdn.zero-downtime.net/charts`;
    values.kubezero.gitSync.repoURL = `https://deploy:${seed('repository URL', version)}@git.example.com/clusters.git`;
  });
  environment.edit('environment.yaml', (text) => {
    const description = parse(text);
    description.workers[0].labels['example.com/registry-token'] = seed('user data', version);
    return stringify(description);
  });
}

/** Everything that a command said and wrote. */
const said = ({ stdout, stderr }: CommandResult) => `${stdout}\n${stderr}`;

async function quiet(code: number | number[], ...args: string[]): Promise<string> {
  const result = await demo.kubezero(...args);
  const text = said(result);
  expect(leaks(text, secrets), args.join(' ')).toEqual([]);
  expect([code].flat(), `${args.join(' ')}: ${text.slice(-2000)}`).toContain(result.exitCode);
  return text;
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}

describe('no secret can be read in what commands say', () => {
  it('previews show that secrets change, in every format and file', async () => {
    const files = ['--markdown', join(out, 'a.md'), '--full', join(out, 'full.md'), '--out', join(out, 'plan.json')];
    const [plan] = await Promise.all([
      quiet(exitCode.changes, 'preview', 'demo', '--json', ...files),
      quiet(exitCode.changes, 'preview', 'demo', '--layer', 'workers'),
    ]);
    expect(plan).toContain('Secret/logging/logging-es-elastic-user');
    expect(plan).toContain('registry-token=[new secret]');
    expect(plan).toContain('[new secret]');
  });

  it('nor in drift, status, charts and rendered objects', async () => {
    await Promise.all([
      quiet(exitCode.ok, 'status', 'demo'),
      quiet(exitCode.ok, 'render', 'demo', '--out', join(out, 'rendered')),
    ]);
    await Promise.all([quiet([0, 2], 'drift', 'demo', '--json'), quiet(exitCode.ok, 'charts', 'list', 'demo')]);
  });

  it('nor where a migration shows its diff', async () => {
    const text = await quiet(exitCode.ok, 'migrate', 'demo', '--dry-run');
    expect(text).toContain('repoURL: https://charts:[secret]@cdn.zero-downtime.net/charts');
  });

  it('nor in the events of an update, and where it fails', async () => {
    // No machine ever joins here.
    demo.env.KUBEZERO_GATE_SECONDS = '1';
    await quiet([exitCode.ok, exitCode.gate], 'up', 'demo', '--layer', 'workers', '--json');
    const { PULUMI_CONFIG_PASSPHRASE: right } = demo.env;
    demo.env.PULUMI_CONFIG_PASSPHRASE = seed('wrong passphrase', 'now');
    const text = await quiet(exitCode.usage, 'up', 'demo', '--layer', 'workers');
    demo.env.PULUMI_CONFIG_PASSPHRASE = right!;
    expect(text).toContain('passphrase');
  });

  it('nor in messages about what is wrong', async () => {
    const good = demo.read('application.yaml');
    const wrong = (change: (text: string) => string) => demo.edit('application.yaml', change);
    // Too wrong to be read, so that nothing says what is a secret in it but its name.
    const mistyped = seed('mistyped', 'now');
    for (const value of [`{${mistyped}: 1}`, `*${mistyped}`, `a: ${mistyped}`]) {
      wrong(() => good.replace(/elastic_password: .*/, `elastic_password: ${value}`));
      await quiet(exitCode.usage, 'render', 'demo', 'logging');
    }
    wrong(() => good);
    writeFileSync(join(demo.stacks, 'demo/application.yaml'), good);
  });

  it('nor in the events of an upgrade and its record in the cluster', async () => {
    // Without a node there is no healthy cluster to begin with.
    await quiet([exitCode.blocked, exitCode.gate], 'upgrade', 'demo', '--until', 'application', '--yes', '--json');
    const record = await demo.api.call('GET', '/api/v1/namespaces/kube-system/configmaps/kubezero-upgrade-record');
    expect(record?.data.events).toContain('run-started');
    expect(leaks(record!.data.events, secrets)).toEqual([]);
  });
});

describe('where secrets are kept', () => {
  it('no file that was written has one, and plans are their owner’s alone', () => {
    const files = filesBelow(out);
    expect(files.length).toBeGreaterThan(100);
    for (const file of files) expect(leaks(readFileSync(file, 'utf8'), secrets), file).toEqual([]);
    expect(statSync(join(out, 'plan.json')).mode & 0o077).toBe(0);
    const rendered = join(out, 'rendered/logging/Deployment.logging.logging-fluentd.yaml');
    expect(readFileSync(rendered, 'utf8')).toContain('UPSTREAM_PASSWORD');
  });

  it('the stacks’ state has data of Secrets encrypted', () => {
    // What charts put into ConfigMaps and pods stands there as it does in the cluster.
    const plainInCluster =
      /^(environment variable|in JSON|in base64|in gzip|shared key|key in a file|signing key|repository URL|user data)/;
    const sealed = Object.fromEntries(Object.entries(secrets).filter(([name]) => !plainInCluster.test(name)));
    const state = filesBelow(demo.env.PULUMI_BACKEND_URL!.replace('file://', '')).filter(
      (file) => !file.includes('/locks/'),
    );
    expect(state.length).toBeGreaterThan(3);
    for (const file of state) expect(leaks(readFileSync(file, 'utf8'), sealed), file).toEqual([]);
  });

  it('the cluster has them where they belong', async () => {
    const found = await demo.api.call('GET', '/api/v1/namespaces/logging/secrets/logging-es-elastic-user');
    expect(Buffer.from(found!.data.elastic, 'base64').toString()).toBe(secrets['elastic (before)']);
  });
});

describe('what is asked for in so many words', () => {
  it('is shown with --show-secrets, and passed on by migrate as a filter, which says nothing else', async () => {
    const filter = [join(repositoryRoot, 'bin/kubezero.js'), 'migrate', '-'];
    const [shown, { stdout, stderr }] = await Promise.all([
      demo.kubezero('render', 'demo', 'logging', '--show-secrets'),
      execa(process.execPath, filter, { env: demo.env, input: demo.read('application.yaml') }),
    ]);
    expect(shown.stdout).toContain(base64(secrets['elastic (now)']!));
    expect(stdout).toContain(secrets['backup (now)']);
    expect(leaks(stderr, secrets)).toEqual([]);
  });
});
