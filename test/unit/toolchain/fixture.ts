import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReleaseFile, Tool } from '../../../toolchain/tool.ts';

/** A directory of its own for one test, as cache, home and PATH; removed with `await using`. */
export async function temporaryMachine() {
  const root = await mkdtemp(join(tmpdir(), 'kubezero-toolchain-test-'));
  const bin = join(root, 'bin');
  await mkdir(bin);
  return {
    root,
    cache: join(root, 'cache'),
    bin,
    /** Nothing of the machine's own is found with this, but what scripts need to run. */
    env: { HOME: root, KUBEZERO_CACHE: join(root, 'cache'), PATH: `${bin}:/usr/bin:/bin` },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}

/** Writes a "tool": a script that says its version. */
export async function writeTool(path: string, version: string): Promise<string> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, toolScript(version));
  await chmod(path, 0o755);
  return path;
}

export function toolScript(version: string): string {
  return `#!/bin/sh\necho "version v${version}"\n`;
}

/** A tool of two binaries, `spade` and `rake`, version 1.2.3. */
export function gardenTool(options: { name?: string; version?: string; release?: ReleaseFile[] } = {}): Tool {
  const names = ['spade', 'rake'];
  return {
    name: options.name ?? 'garden',
    version: options.version ?? '1.2.3',
    groups: ['engine'],
    neededFor: 'digging',
    binaries: names.map((name) => ({ name, version: { arguments: ['version'] } })),
    release: () => options.release ?? [],
    build: {
      folder: 'garden',
      packages: Object.fromEntries(names.map((name) => [name, `garden/${name}`])),
      variables: {},
    },
  };
}

/** A build that writes working binaries. */
export async function buildGarden(tool: Tool, directory: string): Promise<void> {
  for (const { name } of tool.binaries) await writeTool(join(directory, name), tool.version);
}
