import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import {
  ConcurrentUpdateError,
  LocalWorkspace,
  type PulumiFn,
  StackNotFoundError,
} from '@pulumi/pulumi/automation/index.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { offlineProvider } from '../../modules/provider.ts';
import { pulumiCommand, runPulumi, unprotect, unselectedStack } from '../../pulumi/command.ts';
import { mendAttributes, saysDamagedAttributes } from '../../pulumi/damaged-attributes.ts';
import { loginFile, pluginFolder, unfinishedMark } from '../../pulumi/home.ts';
import { isMarkedSecret } from '../../pulumi/marks.ts';
import { helmError, lockOwners, saysWrongPassphrase } from '../../pulumi/messages.ts';
import { stackOutputs } from '../../pulumi/program.ts';
import { ensureTools, pulumiEnvironment } from '../../toolchain/index.ts';

/** What of the real engine and its CLI is relied on without being documented: `pulumi/` has it, this holds it to them. */
let directory: string;
let variables: Record<string, string>;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'kubezero-pulumi-'));
  mkdirSync(join(directory, 'state'));
  writeFileSync(join(directory, 'Pulumi.yaml'), 'name: kubezero\nruntime: nodejs\n');
  variables = {
    ...(await pulumiEnvironment(await ensureTools(['engine']))),
    PULUMI_BACKEND_URL: `file://${join(directory, 'state')}`,
    PULUMI_CONFIG_PASSPHRASE: 'right',
  };
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function workspace(more: Record<string, string> = {}): Promise<LocalWorkspace> {
  const envVars = { ...variables, ...more };
  return LocalWorkspace.create({ workDir: directory, envVars, pulumiCommand: await pulumiCommand(envVars) });
}

/** A stack by its name, made and brought up with this program. */
async function deployed(name: string, program: PulumiFn) {
  const local = await workspace();
  await local.createStack(name);
  const stack = await unselectedStack(local, name);
  await stack.up({ program });
  return { local, stack };
}

const failure = (action: Promise<unknown>): Promise<Error> =>
  action.then(
    () => Promise.reject(new Error('was not refused')),
    (error) => error,
  );

class Part extends pulumi.ComponentResource {
  constructor(name: string, options?: pulumi.ComponentResourceOptions) {
    super('kubezero:test:Part', name, {}, options);
    this.registerOutputs({});
  }
}

describe('a stack', () => {
  it('that isn’t there is told from one that has nothing', async () => {
    const { local, stack } = await deployed('empty', async () => {});
    const none = await unselectedStack(local, 'none');
    await expect(none.exportStack()).rejects.toBeInstanceOf(StackNotFoundError);
    const found: unknown[] = [];
    const program = async () => {
      for (const name of ['none', 'empty']) found.push(await stackOutputs(`organization/kubezero/${name}`));
    };
    await stack.preview({ program });
    expect(found).toEqual([undefined, {}]);
  });

  it('has secrets in its state as marks, and its outputs in clear where they are asked for', async () => {
    const { stack } = await deployed('secrets', async () => ({ password: pulumi.secret('geheim') }));
    const { deployment } = await stack.exportStack();
    const [root] = deployment.resources as { outputs: { password: unknown } }[];
    expect(isMarkedSecret(root?.outputs.password)).toBe(true);
    expect(root?.outputs.password).toHaveProperty('plaintext', '"geheim"');
    const args = ['stack', 'output', '--json', '--show-secrets', '--stack', 'secrets'];
    expect(JSON.parse((await runPulumi(args, { variables, cwd: directory })).stdout)).toEqual({ password: 'geheim' });
  });

  it('that is protected can be previewed without, is refused by an update, and unprotected by its URN', async () => {
    const { local, stack } = await deployed('protected', async () => void new Part('kept', { protect: true }));
    const program = async () => {};
    expect((await stack.preview({ program })).changeSummary).toMatchObject({ delete: 1 });
    expect((await failure(stack.up({ program }))).message).toMatch(/protect/);
    const { deployment } = await stack.exportStack();
    const { urn } = (deployment.resources as { urn: string }[]).find(({ urn }) => urn.endsWith('::kept'))!;
    await unprotect(local, 'protected', urn);
    expect((await stack.up({ program })).summary.resourceChanges).toMatchObject({ delete: 1 });
  });

  it('whose passphrase is another one, or none, says so', async () => {
    await deployed('sealed', async () => ({ password: pulumi.secret('geheim') }));
    for (const PULUMI_CONFIG_PASSPHRASE of ['wrong', '']) {
      const other = await unselectedStack(await workspace({ PULUMI_CONFIG_PASSPHRASE }), 'sealed');
      const { message } = await failure(other.up({ program: async () => {} }));
      expect(saysWrongPassphrase(message), message).toBe(true);
    }
  });

  it.each(['', '{"user.content_type":"appl'])(
    'whose attributes were half written can be read again: %j',
    async (half) => {
      const name = `torn${half.length}`;
      const { stack } = await deployed(name, async () => ({ answer: 42 }));
      const attributes = join(directory, `state/.pulumi/stacks/kubezero/${name}.json.attrs`);
      expect(existsSync(attributes)).toBe(true);
      writeFileSync(attributes, half);
      const { message } = await failure(stack.outputs());
      expect(saysDamagedAttributes(message), message).toBe(true);
      await mendAttributes('other', variables, directory);
      expect(existsSync(attributes)).toBe(true);
      const relative = { ...variables, PULUMI_BACKEND_URL: 'file://./state' };
      expect(await mendAttributes(name, relative, directory)).toBe(true);
      expect(existsSync(attributes)).toBe(false);
      expect((await stack.outputs()).answer?.value).toBe(42);
    },
  );

  it('that is locked names who holds it', async () => {
    const { stack } = await deployed('locked', async () => {});
    const locks = join(directory, 'state/.pulumi/locks/organization/kubezero/locked');
    mkdirSync(locks, { recursive: true });
    const lock = { pid: 4711, username: 'ann', hostname: hostname(), timestamp: new Date().toISOString() };
    writeFileSync(join(locks, 'f00.json'), JSON.stringify(lock));
    const error = await failure(stack.up({ program: async () => {} }));
    expect(error).toBeInstanceOf(ConcurrentUpdateError);
    expect(lockOwners(error.message)[0]).toEqual({ user: 'ann', host: hostname(), pid: 4711 });
    await stack.cancel();
    expect(existsSync(locks) ? readdirSync(locks) : []).toEqual([]);
  });
});

it('a chart that Helm can’t render is told from other errors of the provider', async () => {
  const chart = join(directory, 'broken');
  mkdirSync(join(chart, 'templates'), { recursive: true });
  writeFileSync(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: broken\nversion: 1.0.0\n');
  writeFileSync(join(chart, 'templates/object.yaml'), '{{ fail "no such value" }}\n');
  const said: (string | undefined)[] = [];
  await deployed('rendered', async () => {
    const provider = offlineProvider('render', join(directory, 'objects'));
    for (const path of [chart, join(directory, 'nowhere')]) {
      const jsonOpts = JSON.stringify({ path, release_name: 'broken', namespace: 'default' });
      await pulumi.runtime
        .invoke('kubernetes:helm:template', { jsonOpts }, { provider })
        .catch((error: Error) => said.push(helmError(error.message)));
    }
  });
  expect(said).toEqual([expect.stringContaining('no such value'), undefined]);
});

describe('below PULUMI_HOME', () => {
  it('a plugin is found in its folder, unless the mark of an unfinished one is beside it', async () => {
    const home = join(directory, 'home');
    const listed = async () => {
      const given = { ...variables, PULUMI_HOME: home };
      const { stdout } = await runPulumi(['plugin', 'ls', '--json'], { variables: given, cwd: directory });
      return (JSON.parse(stdout) as { name: string; version: string }[]).map(
        ({ name, version }) => `${name} ${version}`,
      );
    };
    const folder = pluginFolder(home, 'made-up', '1.2.3');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'pulumi-resource-made-up'), '#!/bin/sh\n', { mode: 0o755 });
    expect(await listed()).toEqual(['made-up 1.2.3']);
    writeFileSync(unfinishedMark(folder), '');
    expect(await listed()).toEqual([]);
    expect(dirname(folder)).toBe(join(home, 'plugins'));
  });

  it('a login is kept', async () => {
    const home = join(directory, 'login');
    const { PULUMI_BACKEND_URL: url, PULUMI_CREDENTIALS_PATH: _, ...rest } = variables;
    const given = { ...rest, PULUMI_HOME: home };
    expect(await runPulumi(['login', url!], { variables: given, cwd: directory })).toMatchObject({ failed: false });
    expect(existsSync(loginFile(home))).toBe(true);
  });
});
