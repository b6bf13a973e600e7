import type { TestProject } from 'vitest/node';
import { cannotRunMachines, missingFromSystem, provideTools, pulumiEnvironment } from '../toolchain/index.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Why machines can't really boot here; undefined where they can. */
    machinesMissing: string | undefined;
  }
}

/**
 * Vitest's global setup for tests on machines that really boot: what other tests on real parts have (tools.ts) and the
 * tools of those machines. Where the system can't run them (not Linux, not root, programs missing) nothing is installed, one line
 * says why, and the tests are skipped (machines/on-machines.ts).
 */
export async function setup(project: TestProject): Promise<void> {
  const print = (line: string) => process.stdout.write(`${line}\n`);
  const problem = cannotRunMachines(await missingFromSystem());
  project.provide('machinesMissing', problem?.message);
  if (problem) return void print(`Tests on real machines are skipped. ${problem.message} ${problem.fix}`);
  const tools = await provideTools(['engine', 'sandbox', 'argocd', 'shell', 'machines'], { tty: false, print });
  Object.assign(process.env, await pulumiEnvironment(tools));
}
