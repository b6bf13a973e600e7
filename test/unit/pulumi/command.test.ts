import { getEventListeners } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { LocalWorkspace, StackNotFoundError } from '@pulumi/pulumi/automation/index.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ownSignal, pulumiCommand, runPulumi, unprotect, unselectedStack } from '../../../pulumi/command.ts';

/** Writes down what it is called with; knows no stack called `none`. */
const program = `#!${process.execPath}
const { appendFileSync } = require('node:fs');
const args = process.argv.slice(2);
const { PULUMI_HOME, PULUMI_AUTOMATION_API } = process.env;
appendFileSync(__dirname + '/calls', JSON.stringify({ args, PULUMI_HOME, PULUMI_AUTOMATION_API }) + '\\n');
if (args[0] === 'version') console.log('v3.274.1');
else if (args.includes('none')) { console.error("error: no stack named 'none' found"); process.exit(255); }
else console.log('{}');
`;

let directory: string;
let variables: Record<string, string>;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kubezero-pulumi-'));
  const bin = join(directory, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'package.json'), '{ "type": "commonjs" }');
  writeFileSync(join(bin, 'pulumi'), program);
  chmodSync(join(bin, 'pulumi'), 0o755);
  writeFileSync(join(directory, 'Pulumi.yaml'), 'name: kubezero\nruntime: nodejs\n');
  variables = { PATH: [bin, dirname(process.execPath)].join(delimiter), PULUMI_HOME: join(directory, 'home') };
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const calls = () =>
  readFileSync(join(directory, 'bin/calls'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { args: string[]; PULUMI_HOME?: string; PULUMI_AUTOMATION_API?: string });

async function workspace() {
  const options = { workDir: directory, envVars: variables, pulumiCommand: await pulumiCommand(variables) };
  return LocalWorkspace.create(options);
}

describe('the library with a CLI that is on no PATH but that of its variables', () => {
  it('takes its version, asked once, and runs it with the variables', async () => {
    const local = await workspace();
    expect(local.pulumiVersion).toBe('v3.274.1');
    await local.exportStack('demo');
    expect(calls().map(({ args }) => args[0])).toEqual(['version', 'stack']);
    expect(calls().at(-1)).toMatchObject({ PULUMI_HOME: variables.PULUMI_HOME, PULUMI_AUTOMATION_API: 'true' });
  });

  it('works on a stack without selecting it, and previews past what is protected', async () => {
    const stack = await unselectedStack(await workspace(), 'demo');
    await stack.preview();
    const [, preview] = calls();
    expect(calls()).toHaveLength(2);
    expect(preview?.args).toEqual(expect.arrayContaining(['preview', '--ignore-protect', '--stack', 'demo']));
    // A program of our own runs in this process: no language host is asked for.
    expect(preview?.args.some((arg) => arg.startsWith('--client=127.0.0.1:'))).toBe(true);
  });

  it('updates don’t get past what is protected', async () => {
    const stack = await unselectedStack(await workspace(), 'demo');
    await stack.destroy();
    expect(calls().find(({ args }) => args[0] === 'destroy')?.args).not.toContain('--ignore-protect');
  });

  it('leaves its listeners on the signal of the operation, not on that of the run', async () => {
    const { signal } = new AbortController();
    const own = ownSignal(signal);
    await (await unselectedStack(await workspace(), 'demo')).preview({ signal: own });
    expect([getEventListeners(own, 'abort').length, getEventListeners(signal, 'abort').length]).toEqual([1, 0]);
  });

  it('knows its errors apart', async () => {
    const stack = await unselectedStack(await workspace(), 'none');
    await expect(stack.exportStack()).rejects.toBeInstanceOf(StackNotFoundError);
    await expect(unprotect(await workspace(), 'none', 'urn')).rejects.toBeInstanceOf(StackNotFoundError);
  });
});

describe('a command of the CLI', () => {
  it('is run with the variables, and asks nobody', async () => {
    const result = await runPulumi(['config', 'get'], { variables, cwd: directory });
    expect(result).toEqual({ failed: false, stdout: '{}', stderr: '' });
    expect(calls()).toMatchObject([{ args: ['config', 'get', '--non-interactive', '--color', 'never'] }]);
  });

  it('that fails says so', async () => {
    const result = await runPulumi(['stack', 'output', '--stack', 'none'], { variables, cwd: directory });
    expect(result).toMatchObject({ failed: true, stderr: "error: no stack named 'none' found" });
  });
});
