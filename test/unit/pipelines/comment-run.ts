import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, vi } from 'vitest';
import { run } from '../../../automation/cli/cli.ts';
import type { FakeHost } from './fake-hosts.ts';

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

export const token = 'ghs_abcdefghijklmnopqrstuvwxyz0123456789';
export const marker = '<!-- kubezero:demo -->';
const previewed = 'a'.repeat(40);
export const newer = 'b'.repeat(40);
export const preview = '## demo: 2 changes\n\n| stack | changes |\n| --- | --- |\n';

let directory: string;
let running: FakeHost | undefined;

/** Runs `kubezero comment` in this process. */
export async function comment(...args: string[]) {
  let output = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      output += chunk;
      done();
    },
  });
  const around = { cwd: directory, env: process.env, stdout: stream, stderr: stream };
  const code = await run(
    ['comment', 'demo', '--file', file('preview.md'), ...args],
    around,
    new AbortController().signal,
  );
  return { code, output };
}

/** Path of a file of the test's. */
export const file = (name: string) => join(directory, name);
/** What the job's summary has. */
export const summary = () => readFileSync(file('summary.md'), 'utf8');

/** A run of GitHub Actions for a pull request. */
export function github({ repository = 'acme/clusters', actor = 'someone' } = {}): void {
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

/** A pipeline of GitLab's for a merge request. */
export function gitlab({ source = '7' } = {}): void {
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

/** Has the commands talk to this host, until the test ends. */
export async function startHost(host: FakeHost): Promise<void> {
  running = host;
  const url = await host.start();
  vi.stubEnv('GITHUB_API_URL', url);
  vi.stubEnv('CI_API_V4_URL', `${url}/api/v4`);
}

/** Gives each test of the file a directory with a preview in it. */
export function commentHooks(): void {
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'kubezero-comment-'));
    writeFileSync(file('preview.md'), preview);
  });

  afterEach(async () => {
    vi.unstubAllEnvs();
    await running?.stop();
    rmSync(directory, { recursive: true, force: true });
  });
}
