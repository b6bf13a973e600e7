import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { repositoryRoot } from '../../../repository/root.ts';
import { type ActionRun, action, runAction } from './composite-action.ts';
import { FakeGitHub } from './fake-hosts.ts';

const marker = '<!-- kubezero:demo -->';
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
let github: FakeGitHub;
let url: string;

const at = (...names: string[]) => join(place, ...names);
const calls = () =>
  readFileSync(at('stub', 'calls'), 'utf8')
    .trim()
    .split('\n')
    .map(
      (line) => JSON.parse(line) as { command: string; args: string[]; KUBECONFIG?: string; KUBEZERO_CHARTS?: string },
    );
const callOf = (name: string) => calls().find(({ command }) => command === name);

/** What a command of kubezero does in this test: prints a text, writes another for the comment, ends with a code. */
function does(
  command: string,
  { prints = '', comment, code = 0 }: { prints?: string; comment?: string; code?: number },
) {
  if (comment === undefined) rmSync(at('stub', 'comment.md'), { force: true });
  else writeFileSync(at('stub', 'comment.md'), comment);
  const script = `process.stdout.write(${JSON.stringify(prints)});\nprocess.exitCode = ${code};\n`;
  writeFileSync(at('stub', `${command}.mjs`), script);
}

function plan(outcome: string, more: object = {}): void {
  const text = 'demo: 2 changes,\n100% of them harmless';
  writeFileSync(at('stub', 'plan.json'), JSON.stringify({ verdict: { outcome, text }, ...more }));
}

function run(inputs: Record<string, string> = {}, env: Record<string, string> = {}): Promise<ActionRun> {
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

beforeAll(async () => {
  github = new FakeGitHub();
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
  writeFileSync(at('workspace', 'stacks', 'demo', 'environment.yaml'), '# demo\nregion: "eu-central-1" # Frankfurt\n');
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

describe('the composite action as a file', () => {
  it('writes no expression into a script: what comes as a variable is never code', () => {
    for (const { run: script } of action.runs.steps) expect(script ?? '').not.toContain('${{');
  });

  it('stops at the first error in each of its scripts', () => {
    for (const { run: script } of action.runs.steps.filter((step) => step.run))
      expect(script?.startsWith('set -euo pipefail\n')).toBe(true);
  });

  it('pins the actions it uses by commit', () => {
    for (const { uses } of action.runs.steps.filter((step) => step.uses)) expect(uses).toMatch(/@[0-9a-f]{40}$/);
  });
});

describe('preview on a pull request', () => {
  it('comments, summarises, and ends well where changes are pending', async () => {
    const { exitCode, outputs, log, summary, used } = await run();
    expect(log).toContain(
      '::notice title=kubezero preview demo::demo: 2 changes, 100%25 of them harmless - changes are pending',
    );
    expect(exitCode).toBe(0);
    expect(github.comments.map(({ body }) => body)).toEqual([expect.stringContaining(`${marker}\n## demo: 2 changes`)]);
    expect(summary).toBe('# all of it\n\n');
    expect(outputs).toMatchObject({
      'exit-code': '2',
      outcome: 'changes',
      verdict: 'demo: 2 changes, 100% of them harmless',
      next: 'up',
      plan: expect.stringMatching(/demo-preview\/plan\.json$/),
    });
    expect(used['actions/upload-artifact']).toEqual([
      expect.objectContaining({ name: 'kubezero-demo-preview', path: outputs.results }),
    ]);
  });

  it('says that an upgrade comes next where the plan has one', async () => {
    plan('changes', { upgrade: { from: '1.21', to: '1.22' } });
    expect((await run({ comment: 'false' })).outputs.next).toBe('upgrade');
  });

  it('makes no comment where nothing changes', async () => {
    plan('no-changes');
    does('preview', { comment: '## demo: no changes\n', code: 0 });
    const { exitCode, outputs } = await run();
    expect(exitCode).toBe(0);
    expect(outputs).toMatchObject({ 'exit-code': '0', next: '' });
    expect(github.comments).toEqual([]);
  });

  it('comments and then fails with an annotation where something guarded would go', async () => {
    plan('guarded');
    does('preview', { comment: '## demo: an etcd volume would be deleted\n', code: 7 });
    const { exitCode, log, outputs } = await run();
    expect(exitCode).toBe(7);
    expect(outputs['exit-code']).toBe('7');
    expect(log).toMatch(/::error title=kubezero preview demo::.*would be deleted or replaced.*--allow/);
    expect(github.comments[0]?.body).toContain('an etcd volume would be deleted');
  });

  it('replaces an older comment by one that says so where the preview fails', async () => {
    rmSync(at('stub', 'plan.json'));
    rmSync(at('stub', 'full.md'));
    does('preview', { code: 3 });
    const [older] = github.seed(`${marker}\n## demo: 2 changes`);
    const { exitCode, log } = await run();
    expect(exitCode).toBe(3);
    expect(older?.body).toContain('**demo: the preview failed** with exit code 3');
    expect(log).toContain('::error title=kubezero preview demo::');
  });

  it('shows the preview in the log, with no line of it taken for a command to the runner', async () => {
    does('preview', { prints: '::error::from the diff\n', code: 2 });
    const { log } = await run({ comment: 'false' });
    const fence = /::group::preview of demo\n::stop-commands::(\S+)\n::error::from the diff\n/.exec(log)?.[1];
    expect(log).toContain(`\n::${fence}::\n::endgroup::\n`);
  });

  it('posts nothing when told so, and writes the summary all the same', async () => {
    const { summary, exitCode } = await run({ comment: 'false' });
    expect(exitCode).toBe(0);
    expect(github.asked).toEqual([]);
    expect(summary).toContain('# all of it');
  });

  it('fails where its token may not comment', async () => {
    github.writable = false;
    const { exitCode, log, ran } = await run();
    github.writable = true;
    expect(exitCode).toBe(4);
    expect(log).toContain('pull-requests: write');
    expect(ran).toContain('Conclude');
  });

  it('takes what has quotes, spaces and commands in it for the words they are', async () => {
    const args = '--allow\nvolume a\'s "b" $(touch injected) `touch injected`; touch injected\n';
    await run({ args, comment: 'false' });
    expect(callOf('preview')?.args.slice(-2)).toEqual(['--allow', args.split('\n')[1]]);
    expect(existsSync(at('workspace', 'injected'))).toBe(false);
  });

  it.each([
    [{ environment: 'demo; touch injected' }, 'input environment'],
    [{ environment: 'other' }, 'there is no stacks/other/environment.yaml'],
    [{ command: 'destroy' }, 'input command'],
  ])('refuses %j before it runs anything', async (inputs, message) => {
    const { exitCode, log } = await run(inputs);
    expect(exitCode).toBe(3);
    expect(log).toContain(`::error title=kubezero::${message}`);
    expect(existsSync(at('stub', 'calls'))).toBe(false);
  });
});

describe('what the action prepares', () => {
  /** Commenting is tested above. */
  const quiet = { comment: 'false' };

  it('caches packages, tools and charts, each by what it is made of, and never Pulumi’s home', async () => {
    const { used } = await run(quiet);
    expect(used['aws-actions/configure-aws-credentials']).toBeUndefined();
    const [packages, tools, charts] = used['actions/cache'] ?? [];
    expect(packages?.key).toMatch(/^kubezero-packages-Linux-X64-[0-9a-f]{64}$/);
    expect(tools?.key).toMatch(/^kubezero-tools-Linux-X64-[0-9a-f]{64}$/);
    expect(tools?.path?.trim().split('\n')).toEqual([
      at('home', '.cache', 'kubezero', 'tools'),
      at('home', '.cache', 'kubezero', 'pulumi-home', 'plugins'),
    ]);
    expect(charts?.key).toMatch(/^kubezero-charts-[0-9a-f]{64}$/);
  });

  it('takes on the role in the region of the environment', async () => {
    const { used } = await run({ ...quiet, 'role-to-assume': 'arn:aws:iam::123456789012:role/preview' });
    expect(used['aws-actions/configure-aws-credentials']).toEqual([
      expect.objectContaining({ 'aws-region': 'eu-central-1', 'role-duration-seconds': '3600' }),
    ]);
  });

  it('pulls charts, and takes what can’t be pulled from directories with them', async () => {
    does('charts', { code: 4 });
    expect((await run(quiet)).exitCode).toBe(4);
    expect(callOf('charts')?.args).toEqual(['pull', 'demo']);
    expect(callOf('preview')).toBeUndefined();
    rmSync(at('stub', 'calls'));
    expect((await run({ ...quiet, charts: 'charts:more' })).ran).toContain('Conclude');
    expect(callOf('preview')?.KUBEZERO_CHARTS).toBe('charts:more');
  });

  it('goes no further with a chart that is not the one that was locked', async () => {
    does('charts', { code: 6 });
    expect((await run({ ...quiet, charts: 'charts' })).exitCode).toBe(6);
    expect(callOf('preview')).toBeUndefined();
  });

  it('leaves nothing of a kubeconfig that came as a secret', async () => {
    const { log } = await run({ ...quiet, kubeconfig: 'token: of-a-kubeconfig' });
    const { KUBECONFIG } = callOf('preview') ?? {};
    expect(KUBECONFIG).toMatch(/temp\/kubezero\/kubeconfig$/);
    expect(existsSync(KUBECONFIG as string)).toBe(false);
    expect(log).not.toContain('of-a-kubeconfig');
  });

  it('takes a kubeconfig of the repository, else that of the job', async () => {
    await run({ ...quiet, 'kubeconfig-file': 'stacks/demo/kubeconfig.yaml' });
    expect(callOf('preview')?.KUBECONFIG).toBe(at('workspace', 'stacks', 'demo', 'kubeconfig.yaml'));
    rmSync(at('stub', 'calls'));
    await run(quiet, { KUBECONFIG: '/of/the/job' });
    expect(callOf('preview')?.KUBECONFIG).toBe('/of/the/job');
  });
});

describe('up and upgrade', () => {
  it('does what a plan says, until a step, with a record in the summary', async () => {
    writeFileSync(
      at('stub', 'upgrade.mjs'),
      `import { mkdirSync, writeFileSync } from 'node:fs';
       const directory = process.argv[process.argv.indexOf('--report') + 1];
       mkdirSync(directory);
       writeFileSync(directory + '/report.md', '# Upgrade of demo');
       console.log('::group::logging');`,
    );
    const inputs = { command: 'upgrade', plan: '/plan/plan.json', args: '--until\ncontrollers-reboot\n' };
    const { exitCode, log, summary, outputs } = await run(inputs);
    expect(exitCode).toBe(0);
    expect(callOf('upgrade')?.args).toEqual([
      'demo',
      '--yes',
      '--report',
      expect.stringMatching(/demo-upgrade\/record$/),
      '--plan',
      '/plan/plan.json',
      '--until',
      'controllers-reboot',
    ]);
    expect(log).toContain('::group::logging');
    expect(summary).toBe('# Upgrade of demo\n\n');
    expect(outputs).toMatchObject({ 'exit-code': '0', plan: '' });
    expect(github.asked).toEqual([]);
  });

  it.each([
    [5, 'another run holds the lock'],
    [9, 'the world has moved since the plan was made'],
  ])('fails with exit code %i and what it means', async (code, meaning) => {
    does('up', { code });
    const { exitCode, log } = await run({ command: 'up' });
    expect(exitCode).toBe(code);
    expect(log).toContain(`::error title=kubezero up demo::${meaning}`);
  });

  it('passes the signal of a cancelled job on and waits until the command has stopped in order', async () => {
    writeFileSync(
      at('stub', 'upgrade.mjs'),
      `import { writeFileSync } from 'node:fs';
       process.on('SIGTERM', () => setTimeout(() => { console.log('stopped in order'); process.exit(130); }, 200));
       writeFileSync(process.env.STUB + '/started', '');
       await new Promise((done) => setTimeout(done, 15_000));`,
    );
    const { exitCode, log } = await runAction({
      inputs: { environment: 'demo', command: 'upgrade', path: at('program') },
      workspace: at('workspace'),
      env: { PATH: `${at('bin')}:${process.env.PATH}`, HOME: at('home'), STUB: at('stub') },
      onStep: (name, child) => {
        if (name !== 'Run') return;
        const waiting = setInterval(() => {
          if (!existsSync(at('stub', 'started'))) return;
          clearInterval(waiting);
          child.kill('SIGINT');
        }, 20);
      },
    });
    expect(log).toContain('stopped in order');
    expect(exitCode).toBe(130);
  });
});

describe('drift', () => {
  it('ends well with a warning, so that the workflow can open an issue', async () => {
    does('drift', { comment: '## demo has drifted\n', code: 2 });
    const { exitCode, log, outputs, summary } = await run({ command: 'drift' });
    expect(exitCode).toBe(0);
    expect(outputs).toMatchObject({ 'exit-code': '2', outcome: 'drift' });
    expect(log).toContain('::warning title=kubezero drift demo::');
    expect(summary).toContain('# all of it');
    expect(github.asked).toEqual([]);
  });

  it('fails where it could not be found out', async () => {
    rmSync(at('stub', 'full.md'));
    does('drift', { code: 4 });
    const { exitCode, outputs } = await run({ command: 'drift' });
    expect(exitCode).toBe(4);
    expect(outputs.outcome).toBe('failed');
  });
});
