import { writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { comment, commentHooks, file, github, gitlab, marker, newer, startHost, token } from './comment-run.ts';
import { FakeGitHub, FakeGitLab, type FakeHost } from './fake-hosts.ts';

commentHooks();

describe.each([
  ['GitHub', () => new FakeGitHub(), github],
  ['GitLab', () => new FakeGitLab(), gitlab],
] as const)('on %s', (name, fake, pipeline) => {
  let host: FakeHost;

  beforeEach(async () => {
    host = fake();
    await startHost(host);
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
