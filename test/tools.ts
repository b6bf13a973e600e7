import { provideTools } from '../toolchain/index.ts';

/** Vitest's global setup for tests on real parts: every tool they use, before the first of them starts. */
export async function setup(): Promise<void> {
  await provideTools(['engine', 'sandbox'], { tty: false, print: (line) => process.stdout.write(`${line}\n`) });
}
