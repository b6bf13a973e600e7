import { cp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { repositoryRoot } from '../repository/root.ts';
import type { BuildContext, RunGo } from './build-context.ts';
import { prepare } from './prepare.ts';
import { installPackages } from './python.ts';
import { currentPlatform, type GoBuild, type Tool } from './tool.ts';

/**
 * Makes a tool's binaries in `directory`; the checkout is only read.
 *
 * @throws Error saying why it didn't work; the last lines of what was run are in it
 */
export async function buildTool(tool: Tool, directory: string, context: BuildContext): Promise<void> {
  const { build, version } = tool;
  await (build.kind === 'python'
    ? installPackages(build, directory, context)
    : buildWithGo({ build, version }, directory, context));
}

/** From a copy of toolchain/go/<folder>. Go's own caches are used, so a second build of anything similar is quick. */
async function buildWithGo(
  tool: Pick<Tool, 'version'> & { build: GoBuild },
  directory: string,
  context: BuildContext,
): Promise<void> {
  const source = join(repositoryRoot, 'toolchain/go', tool.build.folder);
  await requireGo(source, context);
  // Where the binaries go, so that what a killed build leaves (vendored Kubernetes: 6000 files) is cleaned with them.
  const work = join(directory, 'work');
  const go: RunGo = (args) => runGo(args, work, context);
  const compile = (binary: string) => ({
    ...context,
    onDetail: (detail: string) => context.onDetail(`${binary}: ${detail}`),
  });
  try {
    await cp(source, work, { recursive: true });
    const prepared = await prepare(tool, work, go, context.onDetail);
    const variables = Object.entries(tool.build.variables).map(([name, value]) => `-X ${name}=${value}`);
    for (const [binary, goPackage] of Object.entries(tool.build.packages)) {
      const build = compile(binary);
      build.onDetail('compiling');
      await runGo(
        [
          'build',
          '-v',
          `-mod=${prepared.vendored ? 'vendor' : 'readonly'}`,
          '-trimpath',
          '-buildvcs=false',
          '-ldflags',
          ['-s', '-w', ...variables].join(' '),
          '-o',
          join(directory, binary),
          goPackage,
        ],
        work,
        build,
      );
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Settings of the user's that would change what is built are left out; where modules come from is theirs to say. */
function goEnvironment(env: BuildContext['env']): Record<string, string | undefined> {
  const [system, processor] = currentPlatform()?.split('-') ?? [];
  return {
    ...env,
    // Not empty: an empty one would let what `go env -w GOFLAGS=...` has stored take effect.
    GOFLAGS: '-trimpath',
    GOWORK: 'off',
    GO111MODULE: 'on',
    CGO_ENABLED: '0',
    GOOS: system,
    GOARCH: processor,
    // Some distributions switch the download of a newer Go off; go.mod says which one is needed.
    GOTOOLCHAIN: env.GOTOOLCHAIN || 'auto',
  };
}

async function runGo(args: string[], directory: string, { onDetail, signal, env }: BuildContext): Promise<string> {
  const process = execa('go', args, {
    cwd: directory,
    env: goEnvironment(env),
    extendEnv: false,
    reject: false,
    cancelSignal: signal,
    forceKillAfterDelay: 5000,
    maxBuffer: 200_000_000,
  });
  let packages = 0;
  const lastLines: string[] = [];
  const watch = (async () => {
    for await (const line of process.iterable({ from: 'stderr' })) {
      const download = /^go: downloading (\S+)/.exec(line);
      if (download) onDetail(`downloading ${download[1]}`);
      // "-v" names every package that is compiled, also after the one that failed.
      else if (/^[\w.-]+(\/[\w.@~-]+)*$/.test(line)) onDetail(`${++packages} packages, ${line}`);
      else lastLines.push(line);
      if (lastLines.length > 12) lastLines.shift();
    }
  })();
  const result = await process;
  await watch.catch(() => {});
  signal?.throwIfAborted();
  if (result.failed) {
    const what = args[0] === 'build' ? `go build ${args.at(-1)}` : `go ${args[0]} ${args[1] ?? ''}`.trim();
    const how = result.signal ? ` was stopped by ${result.signal}` : ' failed';
    // Without a word of Go's own: its exit code, or why it couldn't be run.
    const said = lastLines.length
      ? lastLines
      : result.originalMessage
        ? [result.originalMessage]
        : [`exit code ${result.exitCode}`];
    throw new Error(`\`${what}\`${how}:\n${said.map((line) => `    ${line}`).join('\n')}`);
  }
  return result.stdout;
}

/** Says the one thing that most often stands in the way in words that help. */
async function requireGo(source: string, { env }: BuildContext): Promise<void> {
  const needed = /^go (\S+)$/m.exec(await readFile(join(source, 'go.mod'), 'utf8'))?.[1] ?? '1.25';
  const result = await execa('go', ['version'], { env: goEnvironment(env), extendEnv: false, reject: false });
  if (result.code === 'ENOENT') throw new Error(`Go isn't installed (no \`go\` on PATH; ${needed} or newer is needed)`);
  if (result.failed) throw new Error(`\`go version\` failed: ${result.stderr || result.shortMessage}`);
  const version = /go(\d+)\.(\d+)/.exec(result.stdout);
  // From 1.21 on, Go fetches the version that go.mod asks for by itself.
  if (version && Number(version[1]) === 1 && Number(version[2]) < 21)
    throw new Error(`Go is too old (${version[0]}; ${needed} or newer is needed)`);
}
