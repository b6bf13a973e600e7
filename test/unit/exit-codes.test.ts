import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeFailure } from '../../automation/cli/boundary.ts';
import { explainEngineError } from '../../automation/engine/errors.ts';
import { callAws } from '../../automation/live/aws/failure.ts';
import { passGate } from '../../automation/live/gates/gate.ts';
import { worldMoved } from '../../automation/plan/open.ts';
import { verdictOf } from '../../automation/plan/verdict.ts';
import { exitCode, exitCodeOf, UserError } from '../../errors/index.ts';
import { repositoryRoot } from '../../repository/root.ts';
import { notDeployed } from '../../stacks/upstream.ts';
import { change, pinned, workers } from './plan/plans.ts';

const plan = { command: 'preview', environment: 'demo' } as const;

describe('exit codes', () => {
  it('are all in the operator’s table and in the README, and no others', () => {
    const codes = Object.values(exitCode).sort((a, b) => a - b);
    const table = readFileSync(join(repositoryRoot, 'docs/operator.md'), 'utf8').split('## Exit codes')[1] ?? '';
    const rows = [...table.matchAll(/^\| (\d+) +\|/gm)].map(([, code]) => Number(code));
    expect(rows).toEqual(codes);
    const readme =
      readFileSync(join(repositoryRoot, 'README.md'), 'utf8').match(/Exit codes:([\s\S]*?)\n\n/)?.[1] ?? '';
    const listed = readme
      .replaceAll('\n', ' ')
      .split('·')
      .map((part) => Number(part.trim().split(' ')[0]));
    expect(listed).toEqual(codes);
  });

  it('0 where nothing is pending, 2 where something is, 7 where it would cost data', () => {
    const guard = { kind: 'etcd volume', allowed: false } as const;
    expect(verdictOf({ ...plan, stacks: [workers([])] }).exit).toBe(0);
    expect(verdictOf({ ...plan, stacks: [workers([change()])] }).exit).toBe(2);
    expect(verdictOf({ ...plan, stacks: [workers([change({ operation: 'delete', guard })])] }).exit).toBe(7);
    const allowed = { ...guard, allowed: true };
    expect(verdictOf({ ...plan, stacks: [workers([change({ operation: 'delete', guard: allowed })])] }).exit).toBe(2);
  });

  it('2 on drift', () => {
    expect(verdictOf({ ...plan, command: 'drift', stacks: [workers([change()])] }).exit).toBe(2);
    expect(verdictOf({ ...plan, command: 'drift', stacks: [workers([])] }).exit).toBe(0);
  });

  it('4 where a preview could not be finished', () => {
    expect(verdictOf({ ...plan, stacks: [workers([], { failure: 'AccessDenied' })] }).exit).toBe(4);
  });

  it('7 where a mandatory policy is violated, and not for an advisory one', () => {
    const violation = { pack: 'house', policy: 'no-public-buckets', message: 'the bucket is public' };
    const policies = (level: 'mandatory' | 'advisory') => [{ ...violation, level }];
    expect(verdictOf({ ...plan, stacks: [workers([change()], { policies: policies('mandatory') })] }).exit).toBe(7);
    expect(verdictOf({ ...plan, stacks: [workers([change()], { policies: policies('advisory') })] }).exit).toBe(2);
  });

  it('130 once a run was interrupted, whatever that made fail', async () => {
    const { signal } = new AbortController();
    const interrupt = new AbortController();
    const waiting = passGate(
      { name: 'all pods running', check: async () => [{ object: 'Pod a', reason: 'Pending' }] },
      {
        issues: [],
        tolerance: async () => ({
          started: new Set(),
          finished: new Set(),
          moduleUpgraded: () => false,
          deployments: [],
        }),
        timeoutSeconds: 60,
        crashSeconds: 60,
        onWait: () => interrupt.abort(new UserError('interrupted', { exitCode: exitCode.interrupted })),
        onTolerated: () => undefined,
        signal: interrupt.signal,
      },
    ).catch((error: unknown) => error);
    for (const error of [
      await waiting,
      new Error('cancelled'),
      new UserError('cut off', { exitCode: exitCode.gate }),
    ]) {
      expect(exitCodeOf(error, interrupt.signal)).toBe(130);
      expect(describeFailure(error, interrupt.signal).exitCode).toBe(130);
    }
    expect(exitCodeOf(new UserError('cut off', { exitCode: exitCode.gate }), signal)).toBe(8);
    expect(exitCodeOf(new Error('cancelled'), signal)).toBe(1);
  });

  it('8 where a gate gives up', async () => {
    const gate = { name: 'all pods running', check: async () => [{ object: 'Pod a', reason: 'Pending' }] };
    const options = {
      issues: [],
      tolerance: async () => ({
        started: new Set<string>(),
        finished: new Set<string>(),
        moduleUpgraded: () => false,
        deployments: [],
      }),
      timeoutSeconds: 0,
      crashSeconds: 0,
      onWait: () => {},
      onTolerated: () => {},
    };
    await expect(passGate(gate, options)).rejects.toMatchObject({ exitCode: 8 });
  });

  it('5 where another update holds a stack’s lock', async () => {
    const { ConcurrentUpdateError } = await import('@pulumi/pulumi/automation/errors.js');
    const locked = Object.assign(Object.create(ConcurrentUpdateError.prototype), { message: 'currently locked by' });
    expect(explainEngineError(locked, 'demo-network', 'demo')).toMatchObject({ exitCode: 5 });
  });

  it('4 where a layer that others wait for isn’t deployed, or AWS refuses', async () => {
    expect(notDeployed('demo', 'network').exitCode).toBe(4);
    const denied = Object.assign(new Error('not authorized'), { name: 'UnauthorizedOperation' });
    const call = callAws('ec2:DescribeInstances', 'i-0abc', () => Promise.reject(denied));
    await expect(call).rejects.toMatchObject({ exitCode: 4 });
  });

  it('9 where the world has moved since a plan was pinned', () => {
    expect(worldMoved(pinned(), 'plan.json', []).exitCode).toBe(9);
  });

  it('3 for what the operator got wrong, 1 for what we did, 130 after Ctrl-C', () => {
    expect(describeFailure(new UserError('no such environment')).exitCode).toBe(3);
    expect(describeFailure(new TypeError('x is undefined')).exitCode).toBe(1);
    expect(describeFailure(new Error('aborted'), AbortSignal.abort()).exitCode).toBe(130);
  });
});
