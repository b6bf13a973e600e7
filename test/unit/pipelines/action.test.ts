import { existsSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { actionHooks, at, callOf, does, github, plan, run } from './action-run.ts';
import { action } from './composite-action.ts';

const marker = '<!-- kubezero:demo -->';

actionHooks();

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
