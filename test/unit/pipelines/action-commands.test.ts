import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { actionHooks, at, callOf, does, github, run } from './action-run.ts';
import { runAction } from './composite-action.ts';

actionHooks();

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
