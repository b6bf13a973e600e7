import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import packageJson from '../../../package.json' with { type: 'json' };
import { releaseIds } from '../../../releases/release.ts';
import { repositoryRoot } from '../../../repository/root.ts';
import { cacheDirectory, defaultToolGroups, plainProgress } from '../../../toolchain/index.ts';
import { tools } from '../../../toolchain/tools.ts';
import { accepts } from '../../../toolchain/version.ts';

const builtByGo = tools.flatMap((tool) => (tool.build.kind === 'python' ? [] : [{ ...tool, build: tool.build }]));

test.each(builtByGo.map((tool) => [`${tool.name} ${tool.version}`, tool] as const))(
  '%s is pinned alike for release and build',
  async (_name, tool) => {
    const folder = join(repositoryRoot, 'toolchain/go', tool.build.folder);
    const goMod = await readFile(join(folder, 'go.mod'), 'utf8');
    const goSum = await readFile(join(folder, 'go.sum'), 'utf8');
    expect(goSum).toContain(' h1:');
    for (const { name } of tool.binaries) {
      const goPackage = tool.build.packages[name];
      expect(goPackage, name).toBeDefined();
      // The provider is pinned to the commit its release was made from; its package is our own main.
      if (!goPackage || goPackage === '.') continue;
      const modules = [...goMod.matchAll(/^(?:require )?\t?(\S+) v(\S+)/gm)].filter(([, path]) =>
        goPackage.startsWith(path ?? ' '),
      );
      const module = modules.sort((a, b) => (b[1]?.length ?? 0) - (a[1]?.length ?? 0))[0];
      expect(module?.[2], `version of ${goPackage} in go.mod`).toBe(tool.version);
    }
    for (const platform of ['linux-amd64', 'linux-arm64'] as const) {
      const files = tool.release(platform);
      if (tool.name === 'argocd') {
        // A main of our own around its parts, which nobody releases.
        expect(files).toEqual([]);
        expect(goMod).toContain(`github.com/argoproj/argo-cd/v2 v${tool.version}\n`);
        continue;
      }
      const contained = files.flatMap(({ contents }) =>
        'binary' in contents ? [contents.binary] : Object.keys(contents.members),
      );
      expect(contained.sort()).toEqual(tool.binaries.map(({ name }) => name).sort());
      for (const file of files)
        expect(file.url).toMatch(new RegExp(`^https://.*v${tool.version.replaceAll('.', '\\.')}`));
    }
  },
);

test('the AWS CLI is pinned with all that it is made of, by hash', async () => {
  const aws = tools.find(({ name }) => name === 'awscli');
  const text = await readFile(join(repositoryRoot, 'toolchain/python/awscli/requirements.txt'), 'utf8');
  const [first, ...more] = text
    .replace(/^#.*\n/gm, '')
    .replaceAll(' \\\n', '')
    .trim()
    .split('\n');
  expect(first).toMatch(new RegExp(`^awscli==${aws?.version} +--hash=sha256:[0-9a-f]{64}$`));
  for (const line of more) expect(line).toMatch(/^[\w-]+==[\w.]+( +--hash=sha256:[0-9a-f]{64})+$/);
});

test('the provider is that of the npm package', () => {
  const provider = tools.find(({ name }) => name === 'pulumi-resource-kubernetes');
  expect(provider?.version).toBe(packageJson.dependencies['@pulumi/kubernetes']);
});

test('there is a control plane for every release', async () => {
  const versions = tools.filter(({ name }) => name === 'kubernetes').map(({ version }) => version);
  expect(versions.map((version) => version.split('.').slice(0, 2).join('.'))).toEqual([...releaseIds]);
});

test('there is what its machines run for every control plane, installed only on demand', async () => {
  const versions = (wanted: string) => tools.filter(({ name }) => name === wanted).map(({ version }) => version);
  expect(versions('kubernetes-node')).toEqual(versions('kubernetes'));
  const unasked = tools.filter(({ groups }) => groups.every((group) => !defaultToolGroups.includes(group)));
  expect(unasked.map(({ name, groups }) => `${name}: ${groups}`)).toEqual(
    ['kubernetes-node', 'kubernetes-node', 'crictl', 'awscli'].map((name) => `${name}: machines`),
  );
  for (const version of versions('kubernetes')) {
    const path = join(repositoryRoot, `toolchain/go/kubernetes-${version}/tools.go`);
    const imported = [...(await readFile(path, 'utf8')).matchAll(/"(k8s\.io\/kubernetes\/.*)"/g)].map(
      ([, name]) => name,
    );
    const built = builtByGo.filter(({ build }) => build.folder === `kubernetes-${version}`);
    expect(imported.sort()).toEqual(built.flatMap(({ build }) => Object.values(build.packages)).sort());
  }
});

test('accepts the pinned version, and newer ones of the same major where compatible is enough', () => {
  expect(accepts('3.5.21', '3.5.21')).toBe(true);
  expect(accepts('3.5.22', '3.5.21')).toBe(false);
  expect(accepts('3.300.0', '3.274.1', 'compatible')).toBe(true);
  expect(accepts('3.274.0', '3.274.1', 'compatible')).toBe(false);
  expect(accepts('3.99.9', '3.274.1', 'compatible')).toBe(false);
  expect(accepts('4.0.0', '3.274.1', 'compatible')).toBe(false);
  expect(accepts('3.300.0-alpha.1', '3.274.1', 'compatible')).toBe(false);
});

test('the cache is outside the checkout, where the user wants it', () => {
  expect(cacheDirectory({ HOME: '/home/ann' })).toBe('/home/ann/.cache/kubezero');
  expect(cacheDirectory({ HOME: '/home/ann', XDG_CACHE_HOME: '/var/cache' })).toBe('/var/cache/kubezero');
  expect(cacheDirectory({ HOME: '/home/ann', XDG_CACHE_HOME: 'relative' })).toBe('/home/ann/.cache/kubezero');
  expect(cacheDirectory({ XDG_CACHE_HOME: '/var/cache', KUBEZERO_CACHE: '/data' })).toBe('/data');
});

test('shows life in plain lines during a long phase, and is silent where all is there', async () => {
  const lines: string[] = [];
  const { onProgress, end } = plainProgress((line) => lines.push(line), { interval: 20 });
  const etcd = { name: 'etcd', version: '3.5.21' };
  onProgress({ tool: etcd, phase: 'found' });
  expect(lines).toEqual([]);
  onProgress({ tool: etcd, phase: 'missing' });
  onProgress({ tool: etcd, phase: 'building', elapsed: 0 });
  onProgress({ tool: etcd, phase: 'building', elapsed: 61_000, detail: '12 packages, go.uber.org/zap' });
  while (lines.length < 4) await new Promise((resolve) => setTimeout(resolve, 10));
  onProgress({ tool: etcd, phase: 'installed', elapsed: 63_000 });
  await end();
  expect(lines.slice(0, 3)).toEqual([
    'etcd 3.5.21: not found on this machine',
    'etcd 3.5.21: building, 0.0 s',
    'etcd 3.5.21: building, 1 min 01 s, 12 packages, go.uber.org/zap',
  ]);
  expect(lines.at(-1)).toBe('etcd 3.5.21: installed, 1 min 03 s');
});
