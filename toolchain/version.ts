import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ResultPromise } from 'execa';
import type { Binary, VersionRule } from './tool.ts';

// Commands load this to find their tools; what starts processes is loaded only where one has to be asked.

/** A binary that prints nothing for this long is not the tool it is taken for. */
const timeout = 20_000;

/**
 * Version a binary says it is (without `v`).
 *
 * @throws Error with what it did instead: it could not be run, or said nothing that looks like a version
 */
export async function versionOf(path: string, binary: Binary): Promise<string> {
  const said =
    'arguments' in binary.version
      ? await output(path, binary.version.arguments)
      : await pluginVersion(path, binary.version.pluginService);
  const version = /\bv?(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)/.exec(said)?.[1];
  if (!version) throw new Error(`${path} doesn't say its version (${JSON.stringify(said.slice(0, 200))})`);
  return version;
}

/** True where a found version will do for the pinned one. */
export function accepts(found: string, pinned: string, rule: VersionRule = 'exact'): boolean {
  if (found === pinned) return true;
  if (rule === 'exact' || found.includes('-')) return false;
  const [have, want] = [found, pinned].map((version) => version.split('.').map(Number)) as [number[], number[]];
  if (have[0] !== want[0]) return false;
  return have[1] !== want[1] ? (have[1] ?? 0) > (want[1] ?? 0) : (have[2] ?? 0) >= (want[2] ?? 0);
}

async function output(path: string, args: string[]): Promise<string> {
  const { execa } = await import('execa');
  // Even to say its version, the Pulumi CLI writes a log below its home.
  const home = await mkdtemp(join(tmpdir(), 'kubezero-version-'));
  try {
    const { all } = await execa(path, args, {
      all: true,
      timeout,
      env: { PULUMI_HOME: home, PULUMI_SKIP_UPDATE_CHECK: 'true' },
    });
    return all;
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/**
 * A Pulumi plugin serves gRPC on a port that it prints first. `GetPluginInfo` takes an empty message and returns one
 * with the version as its field 1, so no generated code is needed.
 */
async function pluginVersion(path: string, service: string): Promise<string> {
  const { execa } = await import('execa');
  const grpc = await import('@grpc/grpc-js');
  // The address is the engine's; the plugin only connects to it when it has something to log.
  const plugin = execa(path, ['127.0.0.1:1'], { reject: false, forceKillAfterDelay: 1000, timeout });
  try {
    const port = await firstLine(plugin);
    if (!/^\d+$/.test(port))
      throw new Error(`${path} is no Pulumi plugin (it printed ${JSON.stringify(port.slice(0, 80))})`);
    const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    try {
      return await new Promise<string>((resolve, reject) => {
        client.makeUnaryRequest(
          `/${service}/GetPluginInfo`,
          () => Buffer.alloc(0),
          (message: Buffer) => (message[0] === 0x0a ? message.subarray(2, 2 + (message[1] ?? 0)).toString() : ''),
          {},
          { deadline: Date.now() + timeout },
          (error, version) => (error ? reject(error) : resolve(version ?? '')),
        );
      });
    } finally {
      client.close();
    }
  } finally {
    plugin.kill('SIGKILL');
    await plugin;
  }
}

/** Not by iterating over the lines: leaving such a loop closes the plugin's output, and it ends. */
async function firstLine(plugin: ResultPromise): Promise<string> {
  const { stdout } = plugin;
  if (!stdout) return '';
  return new Promise((resolve) => {
    createInterface({ input: stdout })
      .once('line', resolve)
      .once('close', () => resolve(''));
  });
}
