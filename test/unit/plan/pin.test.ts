import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type PinnedPlan, readPlan, refusePlace, refuseUnfit, writePlan } from '../../../automation/plan/pin.ts';
import { exitCode, type UserError } from '../../../errors/index.ts';
import { change, pinned, step, workers } from './plans.ts';

const directory = mkdtempSync(join(tmpdir(), 'kubezero-pin-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const file = join(directory, 'plan.json');

function refusal(action: () => unknown): UserError {
  try {
    action();
  } catch (error) {
    return error as UserError;
  }
  throw new Error('was not refused');
}

function given(content: unknown): string {
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

describe('a plan in a file', () => {
  it('is read as it was written, and is for its owner’s eyes', () => {
    writePlan(file, pinned());
    expect(readPlan(file, 'demo')).toEqual(pinned());
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory)).toEqual(['plan.json']);
  });

  it('can’t be written where there is no directory, which is said before it is made', () => {
    expect(refusal(() => refusePlace(join(directory, 'none/plan.json'))).message).toMatch(/there is no directory/);
    expect(refusal(() => refusePlace(directory)).message).toMatch(/is no file/);
    expect(() => refusePlace(file)).not.toThrow();
  });

  it.each<[string, unknown, RegExp]>([
    ['no plan', [1, 2], /this is no plan/],
    ['another JSON document', { resources: [] }, /this is no plan/],
    ['no JSON', 'network: …', /this is no plan/],
    ['cut short', JSON.stringify(pinned()).slice(0, 200), /not whole/],
    ['of a newer kubezero', { ...pinned(), version: 2 }, /version 2, which a newer kubezero has written/],
    ['of another environment', pinned({ environment: 'prod' }), /of environment prod, not of demo/],
    ['of drift', pinned({ command: 'drift' }), /nothing to apply/],
    ['not pinned', { ...pinned(), fingerprint: undefined }, /not pinned/],
    ['damaged', { ...pinned(), stacks: [{ ...workers([]), layer: 'roof' }] }, /damaged: stacks\.0\.layer/],
  ])('is refused where it is %s', (_, content, message) => {
    const error = refusal(() => readPlan(given(content), 'demo'));
    expect(error.message).toMatch(message);
    expect(error).toMatchObject({ where: file, exitCode: exitCode.usage, state: 'nothing was changed' });
  });

  it('is refused where there is none', () => {
    expect(refusal(() => readPlan(join(directory, 'other.json'), 'demo')).message).toBe('there is no such plan');
  });

  it('is never left half written', () => {
    writePlan(file, pinned());
    const before = readFileSync(file, 'utf8');
    expect(() => writePlan(file, { ...pinned(), at: 1n as never })).toThrow();
    expect(readFileSync(file, 'utf8')).toBe(before);
    expect(readdirSync(directory)).toEqual(['plan.json']);
  });
});

describe('a plan that says itself that it can’t be applied', () => {
  const upgrade = (given: Partial<ReturnType<typeof step>>): PinnedPlan['upgrade'] => ({
    from: '1.21',
    to: '1.22',
    surgeFirst: false,
    steps: [{ ...step('crds', []), ...given }],
  });
  const guard = { kind: 'etcd volume', allowed: false } as const;
  const deletion = change({ operation: 'delete', name: 'etcd-a', guard });

  it.each<[string, Partial<PinnedPlan>, 'up' | 'upgrade', RegExp, number]>([
    [
      'failed',
      { stacks: [workers([], { failure: 'no VPC' })] },
      'up',
      /preview of stack demo-workers failed.*no VPC/,
      4,
    ],
    ['deletes data', { stacks: [workers([deletion])] }, 'up', /would delete etcd volume etcd-a/, 7],
    ['has no upgrade', {}, 'upgrade', /no upgrade in it/, 3],
    [
      'is blocked',
      { upgrade: upgrade({ state: 'blocked', blockers: ['Kiam is in use'] }) },
      'upgrade',
      /crds: Kiam is in use/,
      4,
    ],
  ])('is refused where it %s', (_, content, command, message, code) => {
    const error = refusal(() => refuseUnfit(pinned(content), command, file));
    expect(error.message).toMatch(message);
    expect(error.exitCode).toBe(code);
  });

  it('is applied where what it deletes was allowed when it was made', () => {
    const allowed = workers([{ ...deletion, guard: { ...guard, allowed: true } }]);
    expect(() => refuseUnfit(pinned({ stacks: [allowed] }), 'up', file)).not.toThrow();
  });

  it('is no hindrance to `up` where only its upgrade is blocked', () => {
    expect(() => refuseUnfit(pinned({ upgrade: upgrade({ state: 'blocked' }) }), 'up', file)).not.toThrow();
  });
});
