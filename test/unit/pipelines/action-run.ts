import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { repositoryRoot } from '../../../repository/root.ts';
import { type ActionRun, runAction } from './composite-action.ts';
import { FakeGitHub } from './fake-hosts.ts';

const head = 'a'.repeat(40);

/**
 * Stands where kubezero would be. `comment` is the real command line; the others write down what they were called with and do
 * what the test prepared, since an engine and a cluster are not what is tested here.
 */
const stub = `
import { appendFileSync, copyFileSync, existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
const [command, ...args] = process.argv.slice(2);
const here = process.env.STUB;
const option = (name) => args[args.indexOf(name) + 1];
if (command === 'comment') {
  process.argv[1] = ${JSON.stringify(join(repositoryRoot, 'bin', 'kubezero.js'))};
  await import(process.argv[1]);
}
const { KUBECONFIG, KUBEZERO_CHARTS } = process.env;
appendFileSync(here + '/calls', JSON.stringify({ command, args, KUBECONFIG, KUBEZERO_CHARTS }) + '\\n');
if (command === 'toolchain' && args[0] === 'list')
  console.log(JSON.stringify({ tools: [{ name: 'pulumi', version: '3', groups: ['engine'] }] }));
const copies = { 'comment.md': '--markdown', 'full.md': '--full', 'plan.json': '--out' };
for (const [name, given] of Object.entries(copies))
  if (args.includes(given) && existsSync(here + '/' + name)) copyFileSync(here + '/' + name, option(given));
if (existsSync(here + '/' + command + '.mjs')) await import(here + '/' + command + '.mjs');
`;

let place: string;
let url: string;
export const github = new FakeGitHub();

/** Path in the directory of the test. */
export const at = (...names: string[]) => join(place, ...names);
/** Calls of kubezero, `comment` apart. */
const calls = () =>
  readFileSync(at('stub', 'calls'), 'utf8')
    .trim()
    .split('\n')
    .map(
      (line) => JSON.parse(line) as { command: string; args: string[]; KUBECONFIG?: string; KUBEZERO_CHARTS?: string },
    );
export const callOf = (name: string) => calls().find(({ command }) => command === name);

/** What a command of kubezero does in this test: prints a text, writes another for the comment, ends with a code. */
export function does(
  command: string,
  { prints = '', comment, code = 0 }: { prints?: string; comment?: string; code?: number },
) {
  if (comment === undefined) rmSync(at('stub', 'comment.md'), { force: true });
  else writeFileSync(at('stub', 'comment.md'), comment);
  const script = `process.stdout.write(${JSON.stringify(prints)});\nprocess.exitCode = ${code};\n`;
  writeFileSync(at('stub', `${command}.mjs`), script);
}

/** What is in the plan that a preview of this test writes. */
export function plan(outcome: string, more: object = {}): void {
  const text = 'demo: 2 changes,\n100% of them harmless';
  writeFileSync(at('stub', 'plan.json'), JSON.stringify({ verdict: { outcome, text }, ...more }));
}

/** Runs the action, a preview of demo unless told. */
export function run(inputs: Record<string, string> = {}, env: Record<string, string> = {}): Promise<ActionRun> {
  return runAction({
    inputs: { environment: 'demo', command: 'preview', path: at('program'), ...inputs },
    workspace: at('workspace'),
    env: {
      PATH: `${at('bin')}:${process.env.PATH}`,
      HOME: at('home'),
      STUB: at('stub'),
      GITHUB_API_URL: url,
      GITHUB_REPOSITORY: 'acme/clusters',
      GITHUB_EVENT_PATH: at('event.json'),
      ...env,
    },
  });
}

/** Gives the tests of the file a GitHub, and each a directory with a workspace and a kubezero that only writes down its calls. */
export function actionHooks(): void {
  beforeAll(async () => {
    url = await github.start();
  });
  afterAll(() => github.stop());

  beforeEach(() => {
    place = mkdtempSync(join(tmpdir(), 'kubezero-action-test-'));
    for (const name of ['bin', 'home', 'stub', 'program/bin', 'workspace/stacks/demo'])
      mkdirSync(at(name), { recursive: true });
    writeFileSync(at('bin', 'npm'), '#!/bin/sh\necho "npm $*"\n');
    chmodSync(at('bin', 'npm'), 0o755);
    writeFileSync(at('program', 'bin', 'kubezero.js'), stub);
    writeFileSync(at('program', 'package.json'), JSON.stringify({ type: 'module' }));
    symlinkSync(join(repositoryRoot, 'package-lock.json'), at('program', 'package-lock.json'));
    writeFileSync(
      at('workspace', 'stacks', 'demo', 'environment.yaml'),
      '# demo\nregion: "eu-central-1" # Frankfurt\n',
    );
    writeFileSync(
      at('event.json'),
      JSON.stringify({ pull_request: { number: 12, head: { sha: head, repo: { full_name: 'acme/clusters' } } } }),
    );
    writeFileSync(at('stub', 'full.md'), '# all of it\n');
    github.comments = [];
    github.asked.length = 0;
    plan('changes');
    does('preview', { comment: '## demo: 2 changes\n', code: 2 });
  });
  afterEach(() => rmSync(place, { recursive: true, force: true }));
}
