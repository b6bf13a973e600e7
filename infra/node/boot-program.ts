import { createHash } from 'node:crypto';
import { bootSteps } from './boot-steps.ts';
import { packProgram } from './installer.ts';
import { scriptFiles, scriptsFrom } from './scripts.ts';

/** The part of a controller's boot program that comes from the cluster's bucket. */
export interface BootProgram {
  /** A shell script that writes the scripts, comments included: one text on every machine, whatever packs it. */
  content: string;
  /** SHA-256 of the content, in hexadecimal: what user data says of it, and its name in the bucket. */
  digest: string;
}

/** What every start of a controller begins with, before it has asked anybody for anything. */
const first = ['install', 'boot', 'requirements', 'program'];

/** Scripts that a controller's user data brings itself. */
export function inUserData(): string[] {
  return scriptsFrom(first);
}

/**
 * All other scripts of controllers. They don't depend on environment or release. User data would have room for them only just
 * (EC2 takes 16 KB), so they are an object of the cluster's bucket, which the step `program` installs.
 */
export function controllerProgram(): BootProgram {
  const brought = inUserData();
  const names = scriptsFrom(bootSteps.controller.map(({ name }) => name)).filter((name) => !brought.includes(name));
  const content = packProgram(scriptFiles(names));
  return { content, digest: createHash('sha256').update(content).digest('hex') };
}

/** Where a program is in the bucket of a cluster. */
export function programKey(cluster: string, digest: string): string {
  return `k8s/${cluster}/boot/${digest}`;
}
