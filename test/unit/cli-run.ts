import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll } from 'vitest';
import { run } from '../../automation/cli/cli.ts';

/** Where command lines run; gone after the tests of a file. */
export const directory = mkdtempSync(join(tmpdir(), 'kubezero-cli-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function collect() {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk));
      done();
    },
  });
  return { stream, text: () => chunks.join('') };
}

/** Runs a command line in this process, as `main` does. */
export function kubezero(...args: string[]) {
  return kubezeroWith({}, ...args);
}

/** The same, with these environment variables and no others. */
export async function kubezeroWith(env: Record<string, string>, ...args: string[]) {
  const [stdout, stderr] = [collect(), collect()];
  const around = { cwd: directory, env, stdout: stdout.stream, stderr: stderr.stream };
  const code = await run(args, around, new AbortController().signal);
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}
