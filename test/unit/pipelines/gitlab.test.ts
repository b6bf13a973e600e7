import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { repositoryRoot } from '../../../repository/root.ts';
import { FakeGitLab } from './fake-hosts.ts';

const template = join(repositoryRoot, 'pipelines', 'gitlab', 'kubezero.gitlab-ci.yml');

interface Job {
  extends?: string;
  variables?: Record<string, string>;
  before_script?: string[];
  script?: string[];
  resource_group?: string;
  interruptible?: boolean;
  environment?: { name: string };
}

/** The jobs with their inputs put in, each with what it extends. */
const jobs = (() => {
  const inputs: Record<string, string> = {
    environment: 'demo',
    'apply-role': 'arn:apply',
    'preview-role': 'arn:preview',
    'kubezero-commit': 'v1',
    'kubezero-repository': 'https://gitlab.test/acme/kubezero.git',
    'drift-role': 'arn:drift',
    kubeconfig: 'stacks/demo/kubeconfig.yaml',
  };
  const text = readFileSync(template, 'utf8').replaceAll(
    /\$\[\[ inputs\.([\w-]+) \]\]/g,
    (_, name) => inputs[name] ?? '',
  );
  const all = parseAllDocuments(text)[1]?.toJS() as Record<string, Job>;
  const whole = (name: string): Job => {
    const { extends: base, ...own } = all[name] ?? {};
    const inherited = base ? whole(base) : {};
    return { ...inherited, ...own, variables: { ...inherited.variables, ...own.variables } };
  };
  return whole;
})();

let place: string;
const at = (...names: string[]) => join(place, ...names);

beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'kubezero-gitlab-'));
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

describe('the template, as GitLab reads it', () => {
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], { cwd: at('clusters') });

  beforeAll(() => {
    mkdirSync(at('clusters', 'stacks', 'demo'), { recursive: true });
    cpSync(template, at('clusters', 'kubezero.gitlab-ci.yml'));
    writeFileSync(at('clusters', 'stacks', 'demo', 'environment.yaml'), 'region: eu-central-1\n');
    writeFileSync(at('clusters', 'stacks', 'charts.lock.yaml'), '{}\n');
    writeFileSync(
      at('clusters', '.gitlab-ci.yml'),
      'include:\n  - local: kubezero.gitlab-ci.yml\n    inputs: { environment: demo, kubezero-commit: v1 }\n',
    );
    git('init', '--quiet', '--initial-branch', 'main');
    git('add', '--all');
    git('commit', '--quiet', '--message', 'before');
    // Where GitLab compares a change with.
    git('remote', 'add', 'origin', 'git@gitlab.test:acme/clusters.git');
    git('update-ref', 'refs/remotes/origin/main', 'HEAD');
    writeFileSync(at('clusters', 'stacks', 'demo', 'environment.yaml'), 'region: eu-west-1\n');
    git('commit', '--quiet', '--all', '--message', 'change');
  });

  /** Jobs of a pipeline, by name: when they run and what they need. Refused where the file doesn't match GitLab's schema. */
  function pipeline(
    source: string,
    more: Record<string, string> = {},
  ): Record<string, { when: string; needs: string[] }> {
    const own = { CI_PIPELINE_SOURCE: source, CI_COMMIT_BRANCH: 'main', CI_DEFAULT_BRANCH: 'main', ...more };
    const variables = Object.entries(own).flatMap(([name, value]) => ['--variable', `${name}=${value}`]);
    const quiet = ['--ignore-predefined-vars', 'CI_PIPELINE_SOURCE,CI_COMMIT_BRANCH,CI_DEFAULT_BRANCH'];
    const command = join(repositoryRoot, 'node_modules', '.bin', 'gitlab-ci-local');
    const output = execFileSync(process.execPath, [command, '--list-csv', ...quiet, ...variables], {
      cwd: at('clusters'),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    // name;description;stage;when;allowFailure;needs
    const rows = output.split('\n').filter((line) => line.startsWith('kubezero '));
    return Object.fromEntries(
      rows.map((row) => {
        const [name = '', , , when = '', , needs = ''] = row.split(';');
        return [name, { when, needs: needs.slice(1, -1).split(',').filter(Boolean) }];
      }),
    );
  }

  it('previews on merge requests', () => {
    const ids = { CI_MERGE_REQUEST_SOURCE_PROJECT_ID: '7', CI_MERGE_REQUEST_PROJECT_ID: '7' };
    expect(Object.keys(pipeline('merge_request_event', ids))).toEqual(['kubezero preview demo']);
  });

  it('says on those of forks why there is no preview', () => {
    const ids = { CI_MERGE_REQUEST_SOURCE_PROJECT_ID: '8', CI_MERGE_REQUEST_PROJECT_ID: '7' };
    expect(Object.keys(pipeline('merge_request_event', ids))).toEqual(['kubezero fork demo']);
  });

  it('after a merge plans, and waits for somebody to start what carries the plan out', () => {
    expect(pipeline('push')).toEqual({
      'kubezero plan demo': { when: 'on_success', needs: [] },
      'kubezero apply demo': { when: 'manual', needs: ['kubezero plan demo'] },
    });
  });

  it('in a pipeline that somebody starts, upgrades in parts, each started by hand after the one before', () => {
    expect(pipeline('web')).toEqual({
      'kubezero plan demo': { when: 'on_success', needs: [] },
      'kubezero control plane demo': { when: 'manual', needs: ['kubezero plan demo'] },
      'kubezero modules demo': { when: 'manual', needs: ['kubezero control plane demo'] },
      'kubezero workers demo': { when: 'manual', needs: ['kubezero modules demo'] },
    });
  });

  it('looks for drift on schedules', () => {
    expect(Object.keys(pipeline('schedule'))).toEqual(['kubezero drift demo']);
  });

  it('has a key that is none refused', () => {
    const text = readFileSync(template, 'utf8');
    writeFileSync(at('clusters', 'kubezero.gitlab-ci.yml'), text.replace('resource_group:', 'resource_groups:'));
    expect(() => pipeline('push')).toThrow(/resource_groups/);
    cpSync(template, at('clusters', 'kubezero.gitlab-ci.yml'));
  });
});

describe('who may do what', () => {
  it.each(['apply', 'control plane', 'modules', 'workers'])(
    '%s takes turns with other writers, with a role of its own',
    (name) => {
      expect(jobs(`kubezero ${name} demo`)).toMatchObject({
        resource_group: 'kubezero-demo',
        interruptible: false,
        environment: { name: 'demo' },
        variables: { AWS_ROLE_ARN: 'arn:apply' },
      });
    },
  );

  it('previews read', () => {
    expect(jobs('kubezero preview demo')).toMatchObject({
      interruptible: true,
      environment: { name: 'demo-preview' },
      variables: { AWS_ROLE_ARN: 'arn:preview' },
    });
  });
});

describe('scripts of the jobs', () => {
  let gitlab: FakeGitLab;
  let url: string;

  /** Stands where kubezero would be; `comment` is the real one. */
  const stub = `
    import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
    const [command, ...args] = process.argv.slice(2);
    if (command === 'comment') await import(${JSON.stringify(join(repositoryRoot, 'bin', 'kubezero.js'))});
    const { AWS_ROLE_ARN, AWS_WEB_IDENTITY_TOKEN_FILE } = process.env;
    const token = AWS_WEB_IDENTITY_TOKEN_FILE && readFileSync(AWS_WEB_IDENTITY_TOKEN_FILE, 'utf8');
    appendFileSync(${JSON.stringify('CALLS')}, JSON.stringify({ command, args, AWS_ROLE_ARN, token }) + '\\n');
    const markdown = args[args.indexOf('--markdown') + 1];
    if (command === 'preview') writeFileSync(markdown, '## demo: 2 changes\\n');
    process.exitCode = command === 'preview' || command === 'drift' ? Number(process.env.CODE) : 0;
  `;

  beforeAll(async () => {
    gitlab = new FakeGitLab();
    url = await gitlab.start();
    mkdirSync(at('program', 'bin'), { recursive: true });
    mkdirSync(at('clusters', '.kubezero', 'results'), { recursive: true });
    writeFileSync(at('program', 'package.json'), '{"type":"module"}');
    writeFileSync(at('program', 'bin', 'kubezero.js'), stub.replace('"CALLS"', JSON.stringify(at('calls'))));
    chmodSync(at('program', 'bin', 'kubezero.js'), 0o755);
  });
  afterAll(() => gitlab.stop());

  beforeEach(() => {
    writeFileSync(at('calls'), '');
    gitlab.comments = [];
  });

  /** Runs a job as a runner does: `before_script` and `script` in one shell, variables put into each other. */
  async function run(name: string, env: Record<string, string> = {}) {
    const job = jobs(name);
    const given: Record<string, string> = {
      ...process.env,
      GITLAB_CI: 'true',
      GITHUB_ACTIONS: '',
      CI_API_V4_URL: `${url}/api/v4`,
      CI_SERVER_URL: 'https://gitlab.test',
      CI_PROJECT_ID: '7',
      CI_PROJECT_DIR: at('clusters'),
      CI_PROJECT_URL: 'https://gitlab.test/acme/clusters',
      CI_JOB_ID: '99',
      CI_COMMIT_SHA: 'a'.repeat(40),
      CI_COMMIT_BRANCH: 'main',
      AWS_ID_TOKEN: 'an-id-token',
      KUBEZERO_GITLAB_TOKEN: 'glpat-abcdefghijklmnopqrst',
      KUBEZERO_PROGRAM: at('program'),
      ...env,
    };
    for (const [key, value] of Object.entries(job.variables ?? {}))
      given[key] = value.replaceAll(/\$(\w+)/g, (_, other) => given[other] ?? '');
    const script = [...(job.before_script ?? []), ...(job.script ?? [])].join('\n');
    const child = spawn('bash', ['-c', script], { cwd: at('clusters'), env: given });
    let log = '';
    child.stdout.on('data', (chunk) => (log += chunk));
    child.stderr.on('data', (chunk) => (log += chunk));
    const code = await new Promise((done) => child.on('close', done));
    const lines = readFileSync(at('calls'), 'utf8').trim().split('\n').filter(Boolean);
    return { code, log, calls: lines.map((line) => JSON.parse(line)) };
  }

  const mergeRequest = {
    CI_MERGE_REQUEST_IID: '3',
    CI_MERGE_REQUEST_PROJECT_ID: '7',
    CI_MERGE_REQUEST_SOURCE_PROJECT_ID: '7',
  };

  it('preview: logs in with the job’s token, notes on the merge request, ends well with changes pending', async () => {
    const { code, log, calls } = await run('kubezero preview demo', { ...mergeRequest, CODE: '2' });
    expect(log).toContain('comment made on merge request');
    expect(code).toBe(0);
    expect(calls.at(-1)).toMatchObject({ command: 'preview', AWS_ROLE_ARN: 'arn:preview', token: 'an-id-token' });
    expect(gitlab.comments.map(({ body }) => body)).toEqual([
      expect.stringContaining('<!-- kubezero:demo -->\n## demo: 2 changes'),
    ]);
    expect(log).toMatch(/section_start:\d+:kubezero_install/);
  });

  it('preview: notes and fails where something guarded would go', async () => {
    const { code } = await run('kubezero preview demo', { ...mergeRequest, CODE: '7' });
    expect(code).toBe(7);
    expect(gitlab.comments).toHaveLength(1);
  });

  it('plan: notes nothing, since there is no merge request', async () => {
    expect((await run('kubezero plan demo', { CODE: '2' })).code).toBe(0);
    expect(gitlab.comments).toEqual([]);
  });

  it.each([
    ['changes', undefined, ['up', 'demo', '--plan']],
    ['changes', { from: '1.21' }, ['upgrade', 'demo', '--yes', '--report', '.kubezero/results/record', '--plan']],
  ])('apply: does what the plan (%s, upgrade %j) has', async (outcome, upgrade, expected) => {
    writeFileSync(
      at('clusters', '.kubezero', 'results', 'plan.json'),
      JSON.stringify({ verdict: { outcome }, upgrade }),
    );
    const { code, calls } = await run('kubezero apply demo');
    expect(code).toBe(0);
    const { command, args } = calls.at(-1);
    expect([command, ...args]).toEqual([...expected, '.kubezero/results/plan.json']);
  });

  it('apply: does nothing where the plan has nothing', async () => {
    const plan = JSON.stringify({ verdict: { outcome: 'no-changes' } });
    writeFileSync(at('clusters', '.kubezero', 'results', 'plan.json'), plan);
    const { code, log, calls } = await run('kubezero apply demo');
    expect(code).toBe(0);
    expect(log).toContain('nothing to do for demo');
    expect(calls.map(({ command }) => command)).toEqual(['toolchain', 'charts']);
  });

  it('in parts: goes up to a step', async () => {
    const { calls } = await run('kubezero control plane demo');
    expect(calls.at(-1).args.slice(-2)).toEqual(['--until', 'controllers-reboot']);
    expect((await run('kubezero workers demo')).calls.at(-1).args).not.toContain('--until');
  });
});
