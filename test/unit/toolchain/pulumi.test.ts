import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import type { Tools } from '../../../toolchain/index.ts';
import { pulumiEnvironment } from '../../../toolchain/index.ts';
import { temporaryMachine, writeTool } from './fixture.ts';

async function installedTools(root: string, names: string[]): Promise<Tools> {
  const binaries = await Promise.all(
    names.map(async (name) => ({
      name,
      version: '4.25.0',
      path: await writeTool(join(root, 'tools', name, name), '4.25.0'),
      source: 'cache' as const,
    })),
  );
  return { binaries, path: (name) => join(root, 'tools', name, name) };
}

test('puts the Kubernetes provider where the engine looks, in a home of our own', async () => {
  await using machine = await temporaryMachine();
  const tools = await installedTools(machine.root, ['pulumi', 'pulumi-resource-kubernetes']);
  const env = await pulumiEnvironment(tools, machine.env);
  expect(env).toEqual({
    PULUMI_HOME: join(machine.cache, 'pulumi-home'),
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    PATH: `${dirname(tools.path('pulumi'))}:${machine.env.PATH}`,
  });
  const plugins = join(machine.cache, 'pulumi-home/plugins');
  expect(await readdir(join(plugins, 'resource-kubernetes-v4.25.0'))).toEqual(['pulumi-resource-kubernetes']);

  // As the CLI leaves it when it is killed while it installs a plugin.
  await writeFile(join(plugins, 'resource-kubernetes-v4.25.0.partial'), '');
  await Promise.all([pulumiEnvironment(tools, machine.env), pulumiEnvironment(tools, machine.env)]);
  expect(await readdir(plugins)).toEqual(['resource-kubernetes-v4.25.0']);
  expect(await readdir(join(plugins, 'resource-kubernetes-v4.25.0'))).toEqual(['pulumi-resource-kubernetes']);
});

test("leaves a plugin in the user's own PULUMI_HOME as it is", async () => {
  await using machine = await temporaryMachine();
  const tools = await installedTools(machine.root, ['pulumi', 'pulumi-resource-kubernetes']);
  const home = join(machine.root, 'home');
  const plugin = join(home, 'plugins/resource-kubernetes-v4.25.0/pulumi-resource-kubernetes');
  await mkdir(dirname(plugin), { recursive: true });
  await writeFile(plugin, "the user's");
  const env = await pulumiEnvironment(tools, { ...machine.env, PULUMI_HOME: home });
  expect(env.PULUMI_HOME).toBe(home);
  expect(await readFile(plugin, 'utf8')).toBe("the user's");
});

test('keeps the login of the Pulumi CLI, and puts the language host next to the CLI', async () => {
  await using machine = await temporaryMachine();
  await mkdir(join(machine.root, '.pulumi'));
  await writeFile(join(machine.root, '.pulumi/credentials.json'), '{}');
  const tools = await installedTools(machine.root, ['pulumi', 'pulumi-language-nodejs']);
  const env = await pulumiEnvironment(tools, machine.env);
  expect(env.PULUMI_CREDENTIALS_PATH).toBe(join(machine.root, '.pulumi'));
  const bin = join(machine.cache, 'pulumi-home/bin');
  expect(env.PATH?.split(':')[0]).toBe(bin);
  expect((await readdir(bin)).sort()).toEqual(['pulumi', 'pulumi-language-nodejs']);
  await pulumiEnvironment(tools, machine.env);
  expect(await readdir(bin)).toHaveLength(2);
});
