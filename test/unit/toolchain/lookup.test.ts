import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ensureTools, listTools } from '../../../toolchain/index.ts';
import { buildGarden, gardenTool, temporaryMachine, writeTool } from './fixture.ts';

const noBuild = () => Promise.reject(new Error('not to be built'));

test('looks in the environment first, then in the cache, then on PATH', async () => {
  await using machine = await temporaryMachine();
  const { env } = machine;
  const tools = [gardenTool()];
  const ensure = (more = {}) => ensureTools(['engine'], { tools, env: { ...env, ...more }, build: noBuild });
  await writeTool(join(machine.bin, 'spade'), '1.2.3');
  await writeTool(join(machine.bin, 'rake'), '1.2.3');
  expect((await ensure()).binaries.map(({ source }) => source)).toEqual(['path', 'path']);

  const cached = join(
    machine.cache,
    'tools/garden/1.2.3',
    `${process.platform}-${process.arch === 'x64' ? 'amd64' : 'arm64'}`,
  );
  await writeTool(join(cached, 'spade'), '1.2.3');
  expect((await ensure()).path('spade'), 'half a cache entry is none').toBe(join(machine.bin, 'spade'));
  await writeTool(join(cached, 'rake'), '1.2.3');
  expect((await ensure()).path('spade')).toBe(join(cached, 'spade'));

  const own = await writeTool(join(machine.root, 'own spade'), '1.2.3');
  const named = await ensure({ KUBEZERO_TOOL_SPADE: own });
  expect(named.path('spade')).toBe(own);
  expect(named.path('rake')).toBe(join(cached, 'rake'));
});

test('passes over a wrong version on PATH and names it when nothing else works', async () => {
  await using machine = await temporaryMachine();
  await writeTool(join(machine.bin, 'spade'), '1.1.0');
  await writeTool(join(machine.bin, 'rake'), '1.2.3');
  const attempt = ensureTools(['engine'], { tools: [gardenTool()], env: machine.env, build: noBuild });
  await expect(attempt).rejects.toThrow(`the wrong one on PATH: ${join(machine.bin, 'spade')} is 1.1.0`);
  const built = await ensureTools(['engine'], { tools: [gardenTool()], env: machine.env, build: buildGarden });
  expect(built.binaries.map(({ name, source }) => `${name}: ${source}`)).toEqual(['rake: path', 'spade: cache']);
});

test('refuses a file named by the environment that is not the tool', async () => {
  await using machine = await temporaryMachine();
  const old = await writeTool(join(machine.root, 'old'), '1.1.0');
  const text = join(machine.root, 'text');
  await writeFile(text, 'no program');
  const ensure = (path: string) =>
    ensureTools(['engine'], { tools: [gardenTool()], env: { ...machine.env, KUBEZERO_TOOL_SPADE_1_2_3: path } });
  await expect(ensure(old)).rejects.toMatchObject({
    name: 'UserError',
    message: 'KUBEZERO_TOOL_SPADE_1_2_3 is set, but that file is spade 1.1.0, and 1.2.3 is needed.',
    where: `KUBEZERO_TOOL_SPADE_1_2_3=${old}`,
    fix: 'Let it name spade 1.2.3, or unset it.',
  });
  await expect(ensure(text)).rejects.toThrow('there is no such executable file');
});

test('asks for the version where two are in use', async () => {
  await using machine = await temporaryMachine();
  const tools = [gardenTool(), gardenTool({ version: '2.0.0' })];
  const own = await writeTool(join(machine.root, 'own'), '2.0.0');
  const env = { ...machine.env, KUBEZERO_TOOL_SPADE: '/ignored/for/being/ambiguous', KUBEZERO_TOOL_SPADE_2_0_0: own };
  const provided = await ensureTools(['engine'], { tools, env, build: buildGarden });
  expect(provided.path('spade', '2.0.0')).toBe(own);
  expect(provided.path('spade', '1.2.3')).toContain('/garden/1.2.3/');
  expect(() => provided.path('rake')).toThrow('rake is there in several versions (1.2.3, 2.0.0): say which');
  expect(() => provided.path('hoe')).toThrow('hoe is not among the tools that were asked for');
});

test('lists what is there without installing anything', async () => {
  await using machine = await temporaryMachine();
  await writeTool(join(machine.bin, 'spade'), '1.2.3');
  const [garden] = await listTools({ tools: [gardenTool()], env: machine.env });
  expect(garden).toEqual({
    name: 'garden',
    version: '1.2.3',
    groups: ['engine'],
    neededFor: 'digging',
    binaries: [{ name: 'spade', source: 'path', path: join(machine.bin, 'spade') }, { name: 'rake' }],
    present: false,
  });
});
