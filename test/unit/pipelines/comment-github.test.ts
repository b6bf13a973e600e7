import { rmSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { comment, commentHooks, file, github, marker, preview, startHost, summary } from './comment-run.ts';
import { FakeGitHub } from './fake-hosts.ts';

commentHooks();

describe('on GitHub alone', () => {
  let host: FakeGitHub;

  beforeEach(async () => {
    host = new FakeGitHub();
    await startHost(host);
    github();
  });

  it('takes only comments of bots for its own where the token may not ask who it is', async () => {
    host.knowsViewer = false;
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
  beforeEach(() => startHost(new FakeGitHub()));

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
