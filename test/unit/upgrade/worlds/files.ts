import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Environment, loadEnvironment } from '../../../../environment/environment.ts';
import { repositoryRoot } from '../../../../repository/root.ts';

/** A copy of the demo environment's files that may be changed. */
export function demoFiles(): { environment: Environment; remove(): void } {
  const root = mkdtempSync(join(tmpdir(), 'kubezero-steps-'));
  const directory = join(root, 'stacks');
  mkdirSync(directory);
  cpSync(join(repositoryRoot, 'stacks/demo'), join(directory, 'demo'), { recursive: true });
  return { environment: loadEnvironment('demo', directory), remove: () => rmSync(root, { recursive: true }) };
}

/** Reads each environment's application.yaml once: a run asks for it again and again, and these don't change. */
export function readOnce<T extends { loadApplication(environment: Environment): unknown }>(module: T): T {
  const read = new Map<string, unknown>();
  const loadApplication = (environment: Environment) => {
    const { directory } = environment;
    if (!read.has(directory)) read.set(directory, module.loadApplication(environment));
    return read.get(directory);
  };
  return { ...module, loadApplication };
}
