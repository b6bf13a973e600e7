import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { validateAction, validateWorkflow } from '@action-validator/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { rooms } from '../../../documentation/imports.ts';
import { repositoryRoot } from '../../../repository/root.ts';
import { action, actionFile } from './composite-action.ts';

const directory = join(repositoryRoot, 'pipelines', 'github', 'workflows');
const names = readdirSync(directory).sort();

interface Job {
  'runs-on': string;
  permissions?: Record<string, string>;
  concurrency?: { group: string; 'cancel-in-progress': boolean };
  environment?: string;
  if?: string;
  steps: { id?: string; name?: string; uses?: string; run?: string; with?: Record<string, string> }[];
}

interface Workflow {
  permissions?: Record<string, string>;
  concurrency?: { group: string; 'cancel-in-progress': boolean };
  jobs: Record<string, Job>;
}

const text = (name: string) => readFileSync(join(directory, name), 'utf8');
const workflow = (name: string) => parse(text(name)) as Workflow;
const job = (file: string, name: string) => workflow(file).jobs[name] as Job;
const stepsOf = (name: string) => Object.values(workflow(name).jobs).flatMap(({ steps }) => steps);
const kubezeroIn = ({ steps }: Job) => steps.find(({ uses }) => uses?.includes('/pipelines/github@'))?.with ?? {};

describe('files for GitHub Actions', () => {
  it('are the four to copy', () => {
    expect(names).toEqual(['drift.yml', 'preview.yml', 'upgrade-in-steps.yml', 'upgrade.yml']);
  });

  it('pass the schema of actions', () => {
    expect(validateAction(readFileSync(actionFile, 'utf8')).errors).toEqual([]);
  });

  it.each(names)('%s passes the schema of workflows', (name) => {
    expect(validateWorkflow(text(name)).errors).toEqual([]);
  });

  it('would be refused with a key that is none', () => {
    expect(validateWorkflow(text('drift.yml').replace('timeout-minutes', 'timeout-minute')).errors).not.toEqual([]);
  });

  it.each(names)('%s gives its jobs no permission but those they name', (name) => {
    expect(workflow(name).permissions).toEqual({});
  });

  it('let only writers push', () => {
    const jobs = names.flatMap((name) => Object.entries(workflow(name).jobs));
    const pushing = jobs.filter(([, { permissions }]) => permissions?.contents === 'write').map(([name]) => name);
    expect(pushing.sort()).toEqual(['apply', 'control-plane', 'modules', 'workers']);
  });

  it.each(names)('%s pins what it uses of others by commit', (name) => {
    for (const { uses } of stepsOf(name).filter((step) => step.uses && !step.uses.startsWith('your-organisation/')))
      expect(uses).toMatch(/@[0-9a-f]{40}$/);
  });

  it.each(names)('%s gives the action only inputs that it has, and every one that it needs', (name) => {
    for (const { uses, with: given = {} } of stepsOf(name)) {
      if (!uses?.includes('/pipelines/github@')) continue;
      expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(Object.keys(given)));
      expect(Object.keys(given)).toEqual(expect.arrayContaining(['environment', 'command']));
    }
  });

  it.each(names)('%s writes no expression into a script, and stops at the first error in each', (name) => {
    for (const { run } of stepsOf(name).filter((step) => step.run)) {
      expect(run).not.toContain('${{');
      expect(run?.startsWith('set -euo pipefail\n')).toBe(true);
    }
  });
});

describe('who may do what', () => {
  it('previews read, with a token that comments; only the newest of a pull request is kept running', () => {
    const preview = job('preview.yml', 'preview');
    expect(preview.permissions).toEqual({ contents: 'read', 'id-token': 'write', 'pull-requests': 'write' });
    expect(preview.environment).toBe('${{ matrix.environment }}-preview');
    expect(preview.concurrency?.['cancel-in-progress']).toBe(true);
    expect(preview.if).toContain('github.event.pull_request.head.repo.full_name == github.repository');
  });

  it('pull requests of forks get a job that says why there is no preview, with no permission at all', () => {
    const fork = job('preview.yml', 'fork');
    expect(fork.permissions).toBeUndefined();
    expect(kubezeroIn(fork)).toEqual({});
  });

  it('writers have a GitHub environment of their own, take turns and are never cancelled', () => {
    const apply = job('upgrade.yml', 'apply');
    expect(apply.environment).toBe('${{ matrix.environment }}');
    expect(apply.concurrency).toEqual({ group: 'kubezero-${{ matrix.environment }}', 'cancel-in-progress': false });
    const inSteps = workflow('upgrade-in-steps.yml');
    expect(inSteps.concurrency).toEqual({ group: 'kubezero-${{ inputs.environment }}', 'cancel-in-progress': false });
    for (const part of ['control-plane', 'modules', 'workers'])
      expect(inSteps.jobs[part]?.environment).toBe(`\${{ inputs.environment }}-${part}`);
  });

  it('what is applied is the plan that was approved', () => {
    const plan = job('upgrade.yml', 'plan');
    const apply = job('upgrade.yml', 'apply');
    expect(kubezeroIn(plan)).toMatchObject({ command: 'preview' });
    expect(apply.steps.find(({ uses }) => uses?.startsWith('actions/download-artifact'))?.with).toEqual({
      name: 'kubezero-${{ matrix.environment }}-preview',
      path: '${{ runner.temp }}/plan',
    });
    expect(kubezeroIn(apply)).toMatchObject({
      plan: '${{ runner.temp }}/plan/plan.json',
      command: '${{ matrix.command }}',
    });
  });

  it('an upgrade in steps goes up to steps that there are', () => {
    const release = readFileSync(join(repositoryRoot, 'releases', 'v1.22', 'upgrade.ts'), 'utf8');
    const until = Object.values(workflow('upgrade-in-steps.yml').jobs).flatMap((part) => kubezeroIn(part).args ?? []);
    expect(until).toHaveLength(2);
    for (const args of until) expect(release).toContain(`id: '${args.trim().split('\n')[1]}'`);
  });
});

describe('scripts of the workflows', () => {
  let place: string;
  const at = (...parts: string[]) => join(place, ...parts);
  const put = (name: string, content = `${name}\n`) => {
    mkdirSync(dirname(at(name)), { recursive: true });
    writeFileSync(at(name), content);
  };
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
      cwd: place,
      encoding: 'utf8',
    });
  const commit = () => {
    git('add', '--all');
    git('commit', '--quiet', '--message', 'change');
  };

  /** Runs one of a workflow's scripts, as the runner does, and returns what it wrote to GITHUB_OUTPUT. */
  function runScript(run: string | undefined, env: Record<string, string>) {
    writeFileSync(at('.output'), '');
    const options = {
      cwd: place,
      encoding: 'utf8',
      env: { ...process.env, GITHUB_OUTPUT: at('.output'), ...env },
    } as const;
    const { status, stderr } = spawnSync(
      'bash',
      ['--noprofile', '--norc', '-e', '-o', 'pipefail', '-c', run ?? ''],
      options,
    );
    return { status, stderr, output: readFileSync(at('.output'), 'utf8').trim() };
  }

  beforeEach(() => {
    place = mkdtempSync(join(tmpdir(), 'kubezero-workflow-'));
    git('init', '--quiet', '--initial-branch', 'main');
    for (const name of ['demo', 'prod-eu']) put(`stacks/${name}/environment.yaml`);
    for (const name of ['README.md', 'stacks/charts.lock.yaml', '.gitignore']) put(name, '.output\n.calls\n');
    commit();
  });
  afterEach(() => rmSync(place, { recursive: true, force: true }));

  describe('which environments a change is about', () => {
    const script = (file: string, name: string) => job(file, name).steps.find(({ id }) => id === 'changed')?.run;
    const chosen = (base = 'HEAD^1') => {
      const { output, stderr, status } = runScript(script('preview.yml', 'changed'), { BASE: base });
      expect(stderr).toBe('');
      expect(status).toBe(0);
      return (JSON.parse(output.replace('environments=', '')) as string[]).sort();
    };

    it('is found out in one way by all workflows', () => {
      const first = script('preview.yml', 'changed');
      expect(script('upgrade.yml', 'changed')).toBe(first);
      expect(script('drift.yml', 'environments')).toBe(first);
    });

    it.each([
      ['a file of an environment', 'stacks/demo/application.yaml', ['demo']],
      ['its manifests for ArgoCD', 'stacks/demo/manifests/logging/a b.yaml', ['demo']],
      ['its stacks’ configuration', 'stacks/Pulumi.prod-eu-network.yaml', ['prod-eu']],
      ['what all share', 'stacks/charts.lock.yaml', ['demo', 'prod-eu']],
      ['a policy', 'policies/names/index.ts', ['demo', 'prod-eu']],
      ['the workflow itself', '.github/workflows/kubezero-preview.yml', ['demo', 'prod-eu']],
      ['anything else', 'docs/notes.md', []],
      ['a directory that is no environment', 'stacks/notes/README.md', []],
    ])('%s', (_what, changed, expected) => {
      put(changed, 'changed\n');
      commit();
      expect(chosen()).toEqual(expected);
    });

    it('a source of any room, but for those that have no part in what is deployed', () => {
      const aside = ['certificates', 'documentation', 'errors', 'repository', 'sandbox'];
      const tops = new Set(Object.keys(rooms).map((room) => room.split('/')[0]!));
      for (const room of tops) {
        put(`${room}/index.ts`, 'changed\n');
        commit();
        expect([room, chosen()]).toEqual([room, aside.includes(room) ? [] : ['demo', 'prod-eu']]);
      }
    });

    it('an environment that is gone is none', () => {
      rmSync(at('stacks/demo'), { recursive: true });
      commit();
      expect(chosen()).toEqual([]);
    });

    it('names that would break out of the matrix are none', () => {
      put('stacks/a"],"b":["$(touch x)/environment.yaml');
      commit();
      expect(chosen()).toEqual([]);
    });

    it('compared with nothing, all', () => {
      expect(chosen('')).toEqual(['demo', 'prod-eu']);
    });
  });

  it('asks nobody to approve a plan that changes nothing', () => {
    const plan = (environment: string, outcome: string, upgrade?: object) =>
      put(
        `plans/kubezero-${environment}-preview/plan.json`,
        JSON.stringify({ environment, verdict: { outcome }, upgrade }),
      );
    plan('demo', 'changes', { from: '1.21' });
    plan('prod-eu', 'changes');
    plan('other', 'no-changes');
    const script = job('upgrade.yml', 'pending').steps.find(({ id }) => id === 'pending')?.run;
    const { output, stderr } = runScript(script, {});
    expect(stderr).toBe('');
    expect(JSON.parse(output.replace('environments=', ''))).toEqual([
      { environment: 'demo', command: 'upgrade' },
      { environment: 'prod-eu', command: 'up' },
    ]);
  });

  it.each([
    ['failure', 1],
    ['cancelled', 1],
    ['skipped', 0],
    ['success', 0],
  ])('the one check to require: a preview that ended with %s', (result, status) => {
    const script = job('preview.yml', 'previewed').steps[0]?.run;
    expect(runScript(script, { RESULTS: `success ${result} skipped` }).status).toBe(status);
  });

  describe('the issue about drift', () => {
    /** Runs the step with a `gh` that writes down what it is called with and knows one open issue, or none. */
    function issue(code: string, open: string): string[] {
      put('bin/gh', `#!/bin/sh\necho "$*" >> '${at('.calls')}'\nif [ "$2" = list ]; then echo '${open}'; fi\n`);
      chmodSync(at('bin/gh'), 0o755);
      const script = job('drift.yml', 'drift').steps.find(({ name }) => name === 'Issue')?.run;
      const env = { PATH: `${at('bin')}:${process.env.PATH}`, ENVIRONMENT: 'demo', CODE: code, RESULTS: '/results' };
      expect(runScript(script, env)).toMatchObject({ status: 0, stderr: '' });
      return readFileSync(at('.calls'), 'utf8').trim().split('\n').slice(1);
    }

    it('is opened where there is none', () => {
      expect(issue('2', '')).toEqual([
        expect.stringMatching(/^label create drift:demo --force/),
        'issue create --title demo has drifted --label drift:demo --body-file /results/comment.md',
      ]);
    });

    it('is updated where there is one', () => {
      expect(issue('2', '7')).toEqual(['issue edit 7 --body-file /results/comment.md']);
    });

    it('is closed when nothing has drifted any more', () => {
      expect(issue('0', '7')).toEqual(['issue close 7 --comment No drift any more.']);
    });

    it('is left alone where there is nothing to say', () => {
      expect(issue('0', '')).toEqual([]);
    });
  });
});
