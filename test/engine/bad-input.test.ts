import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { copyProjectFile } from '../../repository/project-file.ts';
import { repositoryRoot } from '../../repository/root.ts';

/** A copy of the demo environment with a state backend of its own; no AWS, no cluster. */
let directory: string;
const application = () => join(directory, 'stacks/demo/application.yaml');

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kubezero-bad-input-'));
  cpSync(join(repositoryRoot, 'stacks/demo'), join(directory, 'stacks/demo'), { recursive: true });
  copyProjectFile(join(repositoryRoot, 'Pulumi.yaml'), join(directory, 'Pulumi.yaml'));
  mkdirSync(join(directory, 'state'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function kubezero(args: string[], env: Record<string, string | undefined> = {}) {
  return execa(process.execPath, [join(repositoryRoot, 'bin/kubezero.js'), ...args], {
    cwd: directory,
    reject: false,
    stdin: 'ignore',
    env: {
      PULUMI_BACKEND_URL: `file://${join(directory, 'state')}`,
      PULUMI_CONFIG_PASSPHRASE: 'right',
      KUBECONFIG: join(directory, 'kubeconfig'),
      AWS_REGION: 'eu-central-1',
      ...env,
    },
  });
}

function edit(from: string | RegExp, to: string): void {
  writeFileSync(application(), readFileSync(application(), 'utf8').replace(from, to));
}

describe('refused with a message and an exit code, nothing touched', () => {
  it('an upgrade of a stack that isn’t deployed yet', async () => {
    const { stderr, exitCode } = await kubezero(['upgrade', 'demo', '--yes']);
    expect(stderr).toContain("stack demo-controllers isn't deployed yet");
    expect(stderr).toContain('kubezero up demo');
    expect(exitCode).toBe(4);
  });

  it('a downgrade', async () => {
    edit('targetRevision: 1.21.9-4', 'targetRevision: 1.22.8-8');
    edit(/\n {8}istio-ingress:\n[\s\S]*?\n(?= {8}metrics:)/, '\n');
    const { stderr, exitCode } = await kubezero(['upgrade', 'demo', '--to', '1.21', '--yes']);
    expect(stderr).toContain('demo is at KubeZero 1.22: going to 1.21 would be a downgrade');
    expect(stderr).toContain('nothing was touched');
    expect(exitCode).toBe(3);
  });

  it('an upgrade from a release that is not the one before', async () => {
    edit('targetRevision: 1.21.9-4', 'targetRevision: 1.20.11-2');
    const { stderr, exitCode } = await kubezero(['upgrade', 'demo', '--yes']);
    expect(stderr).toMatch(/stacks\/demo\/application\.yaml:\d+/);
    expect(stderr).toContain('1.20.11-2');
    expect(exitCode).toBe(3);
  });

  it('an unknown release', async () => {
    const { stderr, exitCode } = await kubezero(['upgrade', 'demo', '--to', '1.27', '--yes']);
    expect(stderr).toContain('there is no upgrade to KubeZero 1.27');
    expect(exitCode).toBe(3);
  });

  it('a passphrase that doesn’t match', async () => {
    // The first look creates the stack, encrypted with the right passphrase.
    await kubezero(['preview', 'demo', '--layer', 'network']);
    expect(existsSync(join(directory, 'stacks/Pulumi.demo-network.yaml'))).toBe(true);
    const { stderr, exitCode } = await kubezero(['preview', 'demo', '--layer', 'network'], {
      PULUMI_CONFIG_PASSPHRASE: 'wrong',
    });
    expect(stderr).toContain("the passphrase doesn't match stack demo-network");
    expect(stderr).not.toContain('right');
    expect(exitCode).toBe(3);
  });

  it('no passphrase at all', async () => {
    const { stderr, exitCode } = await kubezero(['preview', 'demo'], { PULUMI_CONFIG_PASSPHRASE: undefined });
    expect(stderr).toContain('PULUMI_CONFIG_PASSPHRASE_FILE');
    expect(exitCode).toBe(3);
  });

  it('an upgrade in a pipeline that nobody said yes to', async () => {
    const { stderr, exitCode } = await kubezero(['destroy', 'demo']);
    expect(stderr).toContain('--yes');
    expect(exitCode).toBe(3);
  });

  it('a broken application.yaml, with file and line', async () => {
    edit('chart: kubezero', 'chart: [kubezero');
    const { stderr, exitCode } = await kubezero(['preview', 'demo']);
    expect(stderr).toMatch(/application\.yaml:\d+/);
    expect(exitCode).toBe(3);
  });

  it.each([['up'], ['preview'], ['upgrade', '--yes'], ['migrate'], ['render']])(
    'wrong values, at %s: all of them at once, each with its line and column',
    async (command, ...options) => {
      edit('fuseDevicePlugin:', 'fuseDevicePlugn:');
      edit('          clusterIssuer:', '          localCA: { enabled: false }\n          clusterIssuer:');
      edit(/( {8}storage:\n {10}enabled: )true/, '$1maybe');
      edit(/( {8}istio:\n {10}enabled: )true/, '$1false');
      const before = readFileSync(application(), 'utf8');
      const { stderr, exitCode } = await kubezero([command, 'demo', ...options]);
      const place = (text: string, column: number) =>
        `stacks/demo/application.yaml:${before.split('\n').findIndex((line) => line.includes(text)) + 1}:${column}: spec.source.helm.values`;
      expect(stderr).toContain(
        `${place('fuseDevicePlugn', 11)}.addons.fuseDevicePlugn: unknown key "fuseDevicePlugn"; did you mean "fuseDevicePlugin"?`,
      );
      expect(stderr).toContain(
        `${place('localCA', 11)}.cert-manager.localCA: "localCA" isn’t forwarded by KubeZero’s umbrella`,
      );
      expect(stderr).toContain(`${place('maybe', 20)}.storage.enabled: expected true or false; found "maybe"`);
      expect(stderr).toMatch(
        /:20: spec\.source\.helm\.values\.istio-ingress\.enabled: needs module istio, which is off/,
      );
      expect(stderr).toContain('state: nothing was touched');
      expect(exitCode).toBe(3);
      expect(readFileSync(application(), 'utf8')).toBe(before);
      expect([...readdirSync(join(directory, 'stacks')), ...readdirSync(join(directory, 'state'))]).toEqual(['demo']);
    },
  );

  it('values that only the next release refuses: a port that its gateways have by themselves', async () => {
    edit(/- name: https\n/, '- name: websecure\n');
    const before = readFileSync(application(), 'utf8');
    const { stderr, exitCode } = await kubezero(['migrate', 'demo']);
    expect(stderr).toMatch(/where: stacks\/demo\/application\.yaml \(as migrated\):\d+:\d+\n/);
    expect(stderr).toContain(
      'istio-ingress.gateway.service.ports[0].port: expected something else than port "https" has',
    );
    expect(exitCode).toBe(3);
    expect(readFileSync(application(), 'utf8')).toBe(before);
  });
});
