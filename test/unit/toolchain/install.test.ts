import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { ensureTools, type ToolProgress } from '../../../toolchain/index.ts';
import { buildGarden, gardenTool, temporaryMachine, writeTool } from './fixture.ts';

const child = (env: Record<string, string>, args: string[]) =>
  execa('node', ['--import', 'tsx', join(import.meta.dirname, 'child.ts'), ...args], { env, reject: false });

const lines = (path: string) =>
  readFile(path, 'utf8').then(
    (text) => text.split('\n').length - 1,
    () => 0,
  );

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 50));
}

test('builds once when two need the tool at once', async () => {
  await using machine = await temporaryMachine();
  const log = join(machine.root, 'log');
  const runs = await Promise.all([child(machine.env, [log, '1500']), child(machine.env, [log, '1500'])]);
  expect(runs.map(({ exitCode, stderr }) => exitCode || stderr)).toEqual(['', '']);
  expect(runs[0].stdout).toBe(runs[1].stdout);
  expect(await lines(log)).toBe(1);
});

test('takes nothing for installed when the installation was killed half way, and cleans up', async () => {
  await using machine = await temporaryMachine();
  const log = join(machine.root, 'log');
  const killed = child(machine.env, [log, '60000']);
  await until(async () => (await lines(log)) === 1);
  killed.kill('SIGKILL');
  await killed;
  const partial = join(machine.cache, 'tools/.partial');
  expect(await readdir(partial), 'it left half a tool').toHaveLength(1);

  const phases: string[] = [];
  const tools = await ensureTools(['engine'], {
    tools: [gardenTool()],
    env: machine.env,
    lockStale: 5000,
    build: buildGarden,
    onProgress: ({ phase }) => phases.push(phase),
  });
  expect(phases).toEqual(['missing', 'waiting', 'queued', 'building', 'installed']);
  expect((await execa(tools.path('rake'))).stdout).toBe('version v1.2.3');
  expect(await readdir(partial)).toEqual([]);
});

test('leaves nothing behind when it is stopped', async () => {
  await using machine = await temporaryMachine();
  const stop = new AbortController();
  const attempt = ensureTools(['engine'], {
    tools: [gardenTool()],
    env: machine.env,
    signal: stop.signal,
    build: async (_tool, directory, { signal }) => {
      await writeTool(join(directory, 'spade'), '1.2.3');
      stop.abort(new Error('Ctrl-C'));
      signal?.throwIfAborted();
    },
  });
  await expect(attempt).rejects.toThrow('Ctrl-C');
  expect(await readdir(join(machine.cache, 'tools'))).toEqual(['.locks', '.partial']);
  expect(await readdir(join(machine.cache, 'tools/.partial'))).toEqual([]);
  expect(await readdir(join(machine.cache, 'tools/.locks'))).toEqual([]);
});

test('replaces an installation that lost a file', async () => {
  await using machine = await temporaryMachine();
  const options = { tools: [gardenTool()], env: machine.env, build: buildGarden };
  const first = await ensureTools(['engine'], options);
  await execa('rm', [first.path('rake')]);
  await ensureTools(['engine'], options);
  expect((await execa(first.path('rake'))).stdout).toBe('version v1.2.3');
});

test('builds one tool at a time', async () => {
  await using machine = await temporaryMachine();
  let running = 0;
  await ensureTools(['engine'], {
    tools: [gardenTool(), gardenTool({ name: 'meadow' }), gardenTool({ name: 'orchard' })],
    env: machine.env,
    build: async (tool, directory) => {
      expect(++running).toBe(1);
      await buildGarden(tool, directory);
      running--;
    },
  });
});

test('refuses a build that says another version', async () => {
  await using machine = await temporaryMachine();
  const attempt = ensureTools(['engine'], {
    tools: [gardenTool()],
    env: machine.env,
    build: async (_tool, directory) => {
      await writeTool(join(directory, 'spade'), '9.9.9');
    },
  });
  await expect(attempt).rejects.toThrow('built by Go: no; spade says it is 9.9.9 instead of 1.2.3');
});

test('says which ways were tried, why each failed and what to do', async () => {
  await using machine = await temporaryMachine();
  const progress: ToolProgress[] = [];
  const attempt = ensureTools(['engine'], {
    tools: [
      gardenTool({
        release: [{ url: 'https://tools.example/garden.tar.gz', checksum: { file: 'x' }, contents: { members: {} } }],
      }),
    ],
    env: machine.env,
    download: () => Promise.reject(new Error("tools.example can't be reached (connect ETIMEDOUT)")),
    build: () => Promise.reject(new Error("Go isn't installed (no `go` on PATH; 1.25 or newer is needed)")),
    onProgress: (event) => progress.push(event),
  });
  await expect(attempt).rejects.toMatchObject({
    name: 'UserError',
    exitCode: 3,
    message: [
      'garden 1.2.3 (spade, rake) is needed for digging, and there was no way to get it:',
      `  found here: no; not in ${machine.cache}/tools, not on PATH`,
      "  official release: no; tools.example can't be reached (connect ETIMEDOUT)",
      "  built by Go: no; Go isn't installed (no `go` on PATH; 1.25 or newer is needed)",
    ].join('\n'),
    fix:
      'Any one of these is enough: install garden 1.2.3 so that it is on PATH (or name it: ' +
      'KUBEZERO_TOOL_SPADE_1_2_3=/path/to/spade); let this machine reach tools.example; install Go (https://go.dev/dl) ' +
      'and let it reach its module proxy. Then run the same command again.',
    state: 'Nothing was changed.',
  });
  expect(progress.map(({ phase }) => phase)).toEqual(['missing', 'downloading', 'queued', 'building', 'failed']);
});

test('a cache that is not writable is said as it is', async () => {
  await using machine = await temporaryMachine();
  await writeFile(machine.cache, 'a file where the directory should be');
  const attempt = ensureTools(['engine'], { tools: [gardenTool()], env: machine.env, build: buildGarden });
  await expect(attempt).rejects.toMatchObject({ name: 'UserError' });
});
