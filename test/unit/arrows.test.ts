import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../../repository/root.ts';

const parts = [
  'automation',
  'documentation',
  'charts',
  'errors',
  'infra',
  'modules',
  'releases',
  'repository',
  'sandbox',
  'stacks',
  'toolchain',
] as const;
type Part = (typeof parts)[number];

interface Import {
  /** File that imports, relative to the repository. */
  from: string;
  /** File that is imported, relative to the repository. */
  to: string;
  /** Only types: gone when the code runs. */
  typeOnly: boolean;
}

const imports = parts.flatMap((part) => sourcesIn(join(repositoryRoot, part))).flatMap(importsOf);

describe('arrows between the parts go one way', () => {
  it.each<[Part, Part[]]>([
    ['errors', []],
    ['repository', []],
    ['releases', ['errors']],
    ['infra', ['releases', 'errors', 'repository']],
    ['charts', ['releases', 'errors', 'repository', 'toolchain']],
    ['modules', ['charts', 'releases', 'errors']],
    ['stacks', ['infra', 'modules', 'charts', 'releases', 'errors', 'repository']],
    ['documentation', ['automation', 'infra', 'modules', 'releases', 'errors', 'repository']],
    ['toolchain', ['errors', 'repository']],
    ['sandbox', ['toolchain', 'charts', 'releases', 'errors', 'repository']],
    ['automation', ['stacks', 'infra', 'charts', 'releases', 'toolchain', 'sandbox', 'errors', 'repository']],
  ])('%s runs no code but its own and that of %j', (part, allowed) => {
    const running = between(part).filter(({ typeOnly }) => !typeOnly);
    expect(running.filter(({ to }) => !allowed.includes(partOf(to)))).toEqual([]);
  });

  it('infra sees of stacks only the types of an environment and of outputs', () => {
    const seen = between('infra').filter(({ to }) => partOf(to) === 'stacks');
    expect(new Set(seen.map(({ to }) => to))).toEqual(new Set(['stacks/environment.ts', 'stacks/outputs.ts']));
  });

  it('modules see nothing of an environment: facts and values are handed to them', () => {
    expect(between('modules').filter(({ to }) => !['charts', 'releases', 'errors'].includes(partOf(to)))).toEqual([]);
  });

  it('a module doesn’t import another one', () => {
    const moduleOf = (file: string) => file.split('/').slice(0, 2).join('/');
    const own = imports.filter(({ from, to }) => /^modules\/.+\//.test(from) && /^modules\/.+\//.test(to));
    const shared = ['modules/dashboards', 'modules/delivery', 'modules/gateway'];
    expect(own.filter(({ from, to }) => moduleOf(from) !== moduleOf(to) && !shared.includes(moduleOf(to)))).toEqual([]);
  });

  it('what a release is, is data: it imports nothing but types', () => {
    const data = imports.filter(({ from }) => from.startsWith('releases/v'));
    expect(data.filter(({ from, to, typeOnly }) => !typeOnly && dirname(from) !== dirname(to))).toEqual([]);
  });

  it('only the rehearse and sandbox commands know the sandbox, and render its stand-in charts', () => {
    const knowing = imports.filter(({ from, to }) => partOf(to) === 'sandbox' && partOf(from) !== 'sandbox');
    expect([...new Set(knowing.map(({ from }) => dirname(from)))].sort()).toEqual([
      'automation/rehearse',
      'automation/render',
      'automation/sandbox',
    ]);
  });

  it('nothing imports a test', () => {
    expect(imports.filter(({ to }) => to.startsWith('test/'))).toEqual([]);
  });
});

/** Imports from one part into others. */
function between(part: Part): Import[] {
  return imports.filter(({ from, to }) => partOf(from) === part && partOf(to) !== part);
}

function partOf(file: string): Part {
  return file.split('/')[0] as Part;
}

function sourcesIn(directory: string): string[] {
  return readdirSync(directory).flatMap((name) => {
    const path = join(directory, name);
    if (statSync(path).isDirectory()) return name === 'go' || name === 'node_modules' ? [] : sourcesIn(path);
    return /\.(ts|js)$/.test(name) && !name.endsWith('.test.ts') ? [path] : [];
  });
}

function importsOf(path: string): Import[] {
  const text = readFileSync(path, 'utf8');
  const statements = /^(?:import|export)\b(?<clause>[^;'"]*?)\bfrom '(?<target>\.[^']*)'|^import '(?<bare>\.[^']*)'/gm;
  const calls = /\bimport\('(?<target>\.[^']*)'\)/g;
  const found = [...text.matchAll(statements), ...text.matchAll(calls)];
  return found.map(({ groups }) => ({
    from: relative(repositoryRoot, path),
    to: relative(repositoryRoot, resolve(dirname(path), groups?.target ?? groups?.bare ?? '')),
    typeOnly: /^\s*type\b/.test(groups?.clause ?? ''),
  }));
}
