import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative, resolve } from 'node:path';
import { parse } from 'yaml';
import type { Environment } from '../../environment/environment.ts';
import { exitCode, UserError } from '../../errors/index.ts';
import { policyPackProgram } from '../../pulumi/policy-pack.ts';

/**
 * The environment with its policy packs, and those given on the command line, as absolute paths.
 * @param given  as `--policy-pack` has them, relative to the working directory
 * @throws UserError where one isn't there, is no policy pack, or lacks its packages
 */
export function withPolicyPacks(environment: Environment, given: readonly string[] = []): Environment {
  const own = environment.policyPacks.map((path) => resolve(environment.directory, path));
  const file = `${environment.name}/environment.yaml: policyPacks`;
  const named = given.map((path) => resolve(path));
  for (const path of own) refuseUnusable(path, file);
  for (const path of named) refuseUnusable(path, '--policy-pack');
  return { ...environment, policyPacks: [...new Set([...own, ...named])] };
}

function refuseUnusable(path: string, where: string): void {
  const shown = relative(process.cwd(), path) || '.';
  const options = { where, state: 'nothing was touched', exitCode: exitCode.usage };
  if (!existsSync(path))
    throw new UserError(`there is no policy pack at ${shown}`, { ...options, fix: 'correct the path' });
  if (!existsSync(join(path, 'PulumiPolicy.yaml'))) {
    const fix = 'name the directory that PulumiPolicy.yaml is in';
    throw new UserError(`${shown} is no policy pack: it has no PulumiPolicy.yaml`, { ...options, fix });
  }
  if (runtimeOf(path) !== 'nodejs' || resolvedFrom(path, '@pulumi/policy')) return;
  throw new UserError(`the policy pack at ${shown} lacks its packages`, {
    ...options,
    fix: `run: npm ci --prefix ${shown}`,
  });
}

function runtimeOf(pack: string): string | undefined {
  const { runtime } = (parse(readFileSync(join(pack, 'PulumiPolicy.yaml'), 'utf8')) ?? {}) as { runtime?: unknown };
  return typeof runtime === 'object' ? (runtime as { name?: string } | null)?.name : (runtime as string | undefined);
}

function resolvedFrom(pack: string, module: string): string | undefined {
  try {
    return createRequire(join(pack, 'index.js')).resolve(module);
  } catch {
    return undefined;
  }
}

/**
 * What the engine is given for each policy pack. Packs for Node.js run from a file that starts them, which the engine takes
 * for a plugin of its own: so they need no language host, and run on the Node.js that kubezero runs on. Other packs are
 * the engine's business, and that of a language host on PATH.
 */
export function launchersOf(packs: readonly string[], pulumiHome: string): string[] {
  return packs.map((pack) => (runtimeOf(pack) === 'nodejs' ? launcher(pack, pulumiHome) : pack));
}

function launcher(pack: string, pulumiHome: string): string {
  // The pack's own library first: it must be the one that its policies are made with.
  const runner = resolvedFrom(pack, policyPackProgram) ?? createRequire(import.meta.url).resolve(policyPackProgram);
  const words = [process.execPath, runner].map(quoted).join(' ');
  const script = `#!/bin/sh\ncd ${quoted(pack)} && exec ${words} "$1" ${quoted(pack)}\n`;
  const directory = join(pulumiHome, 'policy-packs');
  const file = join(directory, createHash('sha256').update(script).digest('hex').slice(0, 16));
  if (existsSync(file)) return file;
  mkdirSync(directory, { recursive: true });
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, script);
  chmodSync(unfinished, 0o755);
  renameSync(unfinished, file);
  return file;
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
