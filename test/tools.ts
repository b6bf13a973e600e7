import { provideTools, pulumiEnvironment } from '../toolchain/index.ts';

/**
 * Vitest's global setup for tests on real parts: every tool they use, before the first of them starts. Pulumi's
 * Automation API looks for the CLI on the PATH of its own process, so the tests' processes get it there.
 */
export async function setup(): Promise<void> {
  const print = (line: string) => process.stdout.write(`${line}\n`);
  const tools = await provideTools(['engine', 'sandbox', 'argocd', 'shell'], { tty: false, print });
  Object.assign(process.env, await pulumiEnvironment(tools));
}
