import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { run } from '../../../automation/cli.ts';
import { FakeGitHub, FakeGitLab, type FakeHost } from './fake-hosts.ts';

/** The libraries as they are, but without the seconds that they leave between writes and tries. */
vi.mock('@octokit/plugin-throttling', async (original) => {
  const { throttling } = await original<typeof import('@octokit/plugin-throttling')>();
  const atOnce = { key: () => ({ schedule: (_job: object, what: () => unknown) => what() }) };
  type Plugin = typeof throttling;
  const hurried = (octokit: Parameters<Plugin>[0], options: Parameters<Plugin>[1]) =>
    throttling(octokit, {
      ...options,
      throttle: { ...options.throttle, write: atOnce, notifications: atOnce, retryAfterBaseValue: 10 } as never,
    });
  return { throttling: hurried };
});
vi.mock('@octokit/plugin-retry', async (original) => {
  const { retry } = await original<typeof import('@octokit/plugin-retry')>();
  const hurried = (octokit: Parameters<typeof retry>[0], options: object) =>
    retry(octokit, { ...options, retry: { retryAfterBaseValue: 10 } });
  return { retry: hurried };
});

const token = 'ghs_abcdefghijklmnopqrstuvwxyz0123456789';
const marker = '<!-- kubezero:demo -->';
const previewed = 'a'.repeat(40);
const newer = 'b'.repeat(40);
const preview = '## demo: 2 changes\n\n| stack | changes |\n| --- | --- |\n';

let directory: string;
let host: FakeHost;

/** Runs `kubezero comment` in this process. */
async function comment(...args: string[]) {
  let output = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      output += chunk;
      done();
    },
  });
  const around = { cwd: directory, env: {}, stdout: stream, stderr: stream };
  const code = await run(
    ['comment', 'demo', '--file', file('preview.md'), ...args],
    around,
    new AbortController().signal,
  );
  return { code, output };
}

const file = (name: string) => join(directory, name);
const summary = () => readFileSync(file('summary.md'), 'utf8');

function github({ repository = 'acme/clusters', actor = 'someone' } = {}): void {
  const event = { pull_request: { number: 12, head: { sha: previewed, repo: { full_name: repository } } } };
  writeFileSync(file('event.json'), JSON.stringify(event));
  vi.stubEnv('GITHUB_ACTIONS', 'true');
  vi.stubEnv('GITHUB_REPOSITORY', 'acme/clusters');
  vi.stubEnv('GITHUB_SERVER_URL', 'https://github.test');
  vi.stubEnv('GITHUB_RUN_ID', '99');
  vi.stubEnv('GITHUB_ACTOR', actor);
  vi.stubEnv('GITHUB_EVENT_PATH', file('event.json'));
  vi.stubEnv('GITHUB_TOKEN', token);
  vi.stubEnv('GITHUB_STEP_SUMMARY', file('summary.md'));
}

function gitlab({ source = '7' } = {}): void {
  vi.stubEnv('GITHUB_ACTIONS', '');
  vi.stubEnv('GITLAB_CI', 'true');
  vi.stubEnv('CI_PROJECT_ID', source);
  vi.stubEnv('CI_MERGE_REQUEST_PROJECT_ID', '7');
  vi.stubEnv('CI_MERGE_REQUEST_SOURCE_PROJECT_ID', source);
  vi.stubEnv('CI_MERGE_REQUEST_PROJECT_URL', 'https://gitlab.test/acme/clusters');
  vi.stubEnv('CI_MERGE_REQUEST_PROJECT_PATH', 'acme/clusters');
  vi.stubEnv('CI_MERGE_REQUEST_IID', '3');
  vi.stubEnv('CI_COMMIT_SHA', previewed);
  vi.stubEnv('CI_JOB_URL', 'https://gitlab.test/jobs/99');
  vi.stubEnv('KUBEZERO_GITLAB_TOKEN', token);
  vi.stubEnv('GITHUB_STEP_SUMMARY', '');
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kubezero-comment-'));
  writeFileSync(file('preview.md'), preview);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await host.stop();
  rmSync(directory, { recursive: true, force: true });
});

describe.each([
  ['GitHub', () => new FakeGitHub(), github],
  ['GitLab', () => new FakeGitLab(), gitlab],
] as const)('on %s', (name, fake, pipeline) => {
  beforeEach(async () => {
    host = fake();
    const url = await host.start();
    vi.stubEnv('GITHUB_API_URL', url);
    vi.stubEnv('CI_API_V4_URL', `${url}/api/v4`);
    pipeline();
  });

  it('makes a comment that starts with the marker and ends with commit and run', async () => {
    const { code, output } = await comment();
    expect(code).toBe(0);
    expect(host.comments).toHaveLength(1);
    const body = host.comments[0]?.body ?? '';
    expect(body.startsWith(`${marker}\n## demo: 2 changes`)).toBe(true);
    expect(body).toMatch(/<sub>commit aaaaaaaaaaaa · \[run\]\(https:\/\/.*99\)<\/sub>$/);
    expect(output).toMatch(/^demo: comment made on (pull|merge) request acme\/clusters[#!]\d+: https:/);
  });

  it('edits the comment of the environment in place, beyond the first page too', async () => {
    const others = Array.from({ length: 130 }, (_, index) => ({ body: `remark ${index}`, author: 'reviewer' }));
    host.seed({ body: '<!-- kubezero:other -->\nanother environment', author: host.login }, ...others);
    const [own] = host.seed(`${marker}\nold`);
    const { code, output } = await comment();
    expect(code).toBe(0);
    expect(host.comments).toHaveLength(132);
    expect(own?.body).toContain('## demo: 2 changes');
    expect(host.writes).toHaveLength(1);
    expect(output).toContain('comment updated');
  });

  it('leaves alone what others wrote, the marker or not', async () => {
    const [stranger] = host.seed({ body: `${marker}\nnot ours`, author: 'stranger' });
    await comment();
    expect(stranger?.body).toBe(`${marker}\nnot ours`);
    expect(host.comments).toHaveLength(2);
  });

  it('leaves alone a comment that quotes one of ours', async () => {
    const [quote] = host.seed(`> ${marker}\n> ## demo`);
    await comment();
    expect(quote?.body).toBe(`> ${marker}\n> ## demo`);
  });

  it('keeps the oldest of several and deletes the others', async () => {
    const [oldest] = host.seed(`${marker}\nfirst`, `${marker}\nsecond`, `${marker}\nthird`);
    const { output } = await comment();
    expect(host.comments).toEqual([oldest]);
    expect(output).toContain('2 further removed');
  });

  it('writes nothing where the comment says so already', async () => {
    await comment();
    host.asked.length = 0;
    const { output } = await comment();
    expect(host.writes).toEqual([]);
    expect(output).toContain('says so already');
  });

  it('posts nothing of a commit that is not the newest any more, and ends well', async () => {
    host.head = newer;
    const { code, output } = await comment();
    expect(code).toBe(0);
    expect(host.writes).toEqual([]);
    expect(output).toContain('is at bbbbbbbbbbbb by now, so the preview of aaaaaaaaaaaa is not posted');
  });

  it('posts what is named instead of the event’s commit', async () => {
    host.head = newer;
    await comment('--commit', newer);
    expect(host.comments[0]?.body).toContain('commit bbbbbbbbbbbb');
  });

  it('makes no comment where nothing changes, but updates one that says otherwise', async () => {
    const { output } = await comment('--exit-code', '0');
    expect(host.comments).toEqual([]);
    expect(output).toContain('none is made');
    const [stale] = host.seed(`${marker}\n2 changes`);
    await comment('--exit-code', '0');
    expect(stale?.body).toContain('## demo: 2 changes');
  });

  it('makes one where nothing changes when told --always', async () => {
    await comment('--exit-code', '0', '--always');
    expect(host.comments).toHaveLength(1);
  });

  it('asks again when the server fails', async () => {
    host.failures = [{ status: 502 }];
    const { code } = await comment();
    expect(code).toBe(0);
    expect(host.comments).toHaveLength(1);
  });

  it('asks again as late as the server wants after a refusal for its rate', async () => {
    host.failures = [{ status: 429, headers: { 'retry-after': '1' } }];
    const { code } = await comment();
    expect(code).toBe(0);
    expect(host.comments).toHaveLength(1);
  });

  it('ends with the fix where the token may not write', async () => {
    host.writable = false;
    const { code, output } = await comment();
    expect(code).toBe(4);
    expect(output).toMatch(/error: the preview can't be posted: Git(Hub|Lab) refused \(403\)/);
    expect(output).toMatch(name === 'GitHub' ? /pull-requests: write/ : /project access token/);
  });

  it('leaves it at a notice in pipelines of forks, which may not write', async () => {
    if (name === 'GitHub') github({ repository: 'someone/clusters' });
    else gitlab({ source: '8' });
    host.writable = false;
    const { code, output } = await comment();
    expect(code).toBe(0);
    expect(output).toContain('pipelines of forks get no token that may comment, so the preview is here only');
  });

  it('refuses a text that the host would refuse, and says what makes it shorter', async () => {
    const limit = name === 'GitHub' ? 65_536 : 1_000_000;
    writeFileSync(file('preview.md'), 'x'.repeat(limit));
    const { code, output } = await comment();
    expect(code).toBe(3);
    expect(host.writes).toEqual([]);
    expect(output).toContain(`the comment has ${limit + marker.length + 1} characters; ${name} takes ${limit}`);
    expect(output).toContain('kubezero preview demo --markdown');
  });

  it('goes without commit and run where they would make it too long', async () => {
    const limit = name === 'GitHub' ? 65_536 : 1_000_000;
    writeFileSync(file('preview.md'), 'x'.repeat(limit - marker.length - 1));
    expect((await comment()).code).toBe(0);
    expect(host.comments[0]?.body).toHaveLength(limit);
  });

  it('prints the result as JSON', async () => {
    const { output } = await comment('--json');
    expect(JSON.parse(output)).toMatchObject({ environment: 'demo', outcome: 'created', removed: 0 });
  });

  it('shows the token to nobody but the host', async () => {
    writeFileSync(file('preview.md'), `a preview that has ${token} in it`);
    host.writable = false;
    const failed = await comment('--json');
    host.writable = true;
    await comment();
    expect([...host.tokens].every((given) => given.endsWith(token))).toBe(true);
    expect(failed.output + host.comments.map(({ body }) => body).join()).not.toContain(token);
  });
});

describe('on GitHub alone', () => {
  let fake: FakeGitHub;

  beforeEach(async () => {
    fake = new FakeGitHub();
    host = fake;
    vi.stubEnv('GITHUB_API_URL', await host.start());
    github();
  });

  it('takes only comments of bots for its own where the token may not ask who it is', async () => {
    fake.knowsViewer = false;
    const [person] = host.seed({ body: `${marker}\nby hand`, author: 'stranger' });
    const [own] = host.seed(`${marker}\nold`);
    await comment();
    expect(person?.body).toBe(`${marker}\nby hand`);
    expect(own?.body).toContain('## demo: 2 changes');
  });

  it('treats Dependabot, whose runs get no secrets either, as a fork', async () => {
    github({ actor: 'dependabot[bot]' });
    host.writable = false;
    const { code, output } = await comment();
    expect(code).toBe(0);
    expect(output).toMatch(/^::notice title=kubezero::demo: pipelines of forks/);
    expect(summary()).toContain('## demo: 2 changes');
    expect(summary()).toContain('> demo: pipelines of forks get no token');
  });

  it('gives up with what GitHub said after four tries', async () => {
    host.failures = Array.from({ length: 4 }, () => ({ status: 500 }));
    const { code, output } = await comment();
    expect(code).toBe(4);
    expect(output).toMatch(/error: GitHub answered with 500: out of order/);
    expect(host.asked).toHaveLength(4);
  });

  it('writes the whole preview to the job summary, the comment’s text where that takes no more', async () => {
    writeFileSync(file('full.md'), '# all of it\n');
    await comment('--full', file('full.md'));
    expect(summary()).toBe('# all of it\n\n');
    rmSync(file('summary.md'));
    // A megabyte in fewer characters: the limit counts bytes.
    writeFileSync(file('full.md'), 'ü'.repeat(600_000));
    await comment('--full', file('full.md'));
    expect(summary()).toBe(`${preview.trimEnd()}\n\n`);
  });

  it('writes only the summary in runs for no pull request', async () => {
    writeFileSync(file('event.json'), JSON.stringify({ ref: 'refs/heads/main' }));
    const { code, output } = await comment();
    expect(code).toBe(0);
    expect(output).toContain('this run is for no pull or merge request, nothing is posted');
    expect(summary()).toContain('## demo: 2 changes');
    expect(host.asked).toEqual([]);
  });

  it('finds the pull request of a comment on it', async () => {
    writeFileSync(file('event.json'), JSON.stringify({ issue: { number: 12, pull_request: {} } }));
    expect((await comment()).code).toBe(0);
    expect(host.comments).toHaveLength(1);
  });

  it('takes a marker that is in the file already', async () => {
    writeFileSync(file('preview.md'), `${marker}\n## demo`);
    await comment();
    expect(host.comments[0]?.body.split(marker)).toHaveLength(2);
  });
});

describe('elsewhere', () => {
  beforeEach(async () => {
    host = new FakeGitHub();
    await host.start();
  });

  it('says that this is no pipeline', async () => {
    vi.stubEnv('GITHUB_ACTIONS', '');
    vi.stubEnv('GITLAB_CI', '');
    const { code, output } = await comment();
    expect(code).toBe(3);
    expect(output).toContain('this is no pipeline');
  });

  it('names a file that is not there', async () => {
    rmSync(file('preview.md'));
    const { code, output } = await comment();
    expect(code).toBe(3);
    expect(output).toMatch(/can't read .*preview\.md/);
  });
});
