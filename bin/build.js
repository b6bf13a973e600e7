// Bundles our TypeScript into dist/<build>/ so that the command starts about as fast as Node itself.
// Plain JavaScript: this runs before anything is built.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** Entry module of the sources themselves. */
export const sourceEntry = join(root, 'automation/cli/cli.ts');
const dist = join(root, 'dist');
const pointer = join(dist, 'current');
const sources = [
  'application',
  'automation',
  'certificates',
  'charts',
  'environment',
  'errors',
  'infra',
  'modules',
  'pulumi',
  'releases',
  'repository',
  'sandbox',
  'secrets',
  'stacks',
  'toolchain',
];

/**
 * Bundled with our sources instead of loaded from node_modules, file by file: commands need them before they can do
 * anything.
 */
const inlined = new Set(['yaml', 'yargs', 'zod']);

/**
 * Path of a built entry module, built first when a source is newer than the last build.
 * @param name  `cli` or `plugin`
 */
export async function builtEntry(name = 'cli') {
  const built = currentBuild();
  return join(built && !isStale() ? built : await build(), `${name}.js`);
}

function currentBuild() {
  try {
    const directory = join(dist, readFileSync(pointer, 'utf8').trim());
    return statSync(join(directory, 'cli.js')).isFile() ? directory : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Newer than the pointer, whose time is set to the start of its build: a file saved while the bundler ran counts as newer.
 * Directories count too, which is how removed and renamed files are noticed.
 */
function isStale() {
  const builtAt = statSync(pointer).mtimeMs;
  const changed = (path) => (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) > builtAt;
  const stale = (directory) =>
    changed(directory) ||
    readdirSync(directory, { withFileTypes: true }).some((entry) => {
      const path = `${directory}/${entry.name}`;
      return entry.isDirectory() ? stale(path) : entry.name.endsWith('.ts') && changed(path);
    });
  return (
    changed(join(root, 'package.json')) ||
    changed(join(root, 'bin/build.js')) ||
    sources.some((name) => statSync(join(root, name), { throwIfNoEntry: false }) && stale(join(root, name)))
  );
}

/**
 * Every build gets a directory of its own and becomes current by one rename. So two builds at once don't meet, and a
 * run of several minutes goes on loading the parts it started with while the sources change under it.
 */
export async function build() {
  const startedAt = new Date();
  const name = `${startedAt.getTime().toString(36)}-${process.pid}`;
  const directory = join(dist, name);
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const external = Object.keys(dependencies).filter((dependency) => !inlined.has(dependency));
  const esbuild = await import('esbuild');
  mkdirSync(directory, { recursive: true });
  try {
    await esbuild.build({
      absWorkingDir: root,
      entryPoints: { cli: 'automation/cli/cli.ts', plugin: 'modules/crds/provider.ts' },
      outdir: directory,
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      external,
      sourcemap: true,
      sourcesContent: false,
      legalComments: 'none',
      logLevel: 'silent',
      // CommonJS packages inside the bundle may call require().
      banner: {
        js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
      },
    });
    const next = `${pointer}.${name}`;
    writeFileSync(next, `${name}\n`);
    utimesSync(next, startedAt, startedAt);
    renameSync(next, pointer);
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    throw error;
  } finally {
    await esbuild.stop();
  }
  removeOld(name);
  return directory;
}

/** Builds older than a day are not in use by any run any more. */
function removeOld(current) {
  const dayAgo = Date.now() - 24 * 60 * 60 * 1000;
  for (const name of readdirSync(dist)) {
    const path = join(dist, name);
    const state = statSync(path, { throwIfNoEntry: false });
    if (name !== current && state?.isDirectory() && state.mtimeMs < dayAgo)
      rmSync(path, { recursive: true, force: true });
  }
}
