import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { exitCode, UserError } from '../../errors/index.ts';
import { schemaProblems } from '../../errors/schema-problems.ts';
import type { StackPlan } from '../engine/changes/schema.ts';
import { type EnvironmentPlan, environmentPlan, type Fingerprint, planVersion } from './document.ts';

/** A plan with what it was made from: it can be told whether it still fits. */
export type PinnedPlan = EnvironmentPlan & { fingerprint: Fingerprint };

/** Refuses a place where a plan can't be written, before it is made. */
export function refusePlace(file: string): void {
  const directory = dirname(file);
  const problem = !existsSync(directory)
    ? `there is no directory ${directory}`
    : existsSync(file) && !statSync(file).isFile()
      ? `${file} is no file`
      : undefined;
  if (problem)
    throw new UserError(`the plan can't be written: ${problem}`, {
      where: '--out',
      state: 'nothing was changed',
      fix: 'give a file in a directory that is there',
    });
}

/**
 * Writes a plan, whole or not at all. Only its owner may read it: it has every value that changes, but no secret.
 * Any plan may be written; whether it can be applied is for {@link refuseUnfit} to say.
 */
export function writePlan(file: string, plan: PinnedPlan): void {
  const next = join(dirname(file), `.${basename(file)}.${process.pid}.next`);
  try {
    writeFileSync(next, `${JSON.stringify(plan, null, 2)}\n`, { mode: 0o600 });
    renameSync(next, file);
  } finally {
    rmSync(next, { force: true });
  }
}

/**
 * Reads a plan that `preview --out` has written, for one environment.
 * @throws UserError saying why it isn't one, or isn't one of this environment or version.
 */
export function readPlan(file: string, environment: string): PinnedPlan {
  const refuse = (message: string, fix?: string): never => {
    throw new UserError(message, {
      where: file,
      state: 'nothing was changed',
      fix: fix ?? `make a plan with: kubezero preview ${environment} --out ${basename(file)}`,
    });
  };
  if (!existsSync(file) || !statSync(file).isFile()) return refuse('there is no such plan');
  const text = readFileSync(file, 'utf8');
  const content = parsed(text) as Partial<PinnedPlan> | undefined;
  if (content === undefined)
    return refuse(
      text.trimStart().startsWith('{')
        ? 'the plan is not whole: its text ends or breaks in the middle'
        : 'this is no plan',
    );
  if (typeof content !== 'object' || content === null || typeof content.version !== 'number' || !content.environment)
    return refuse('this is no plan');
  if (content.version > planVersion)
    return refuse(
      `the plan is of version ${content.version}, which a newer kubezero has written; this one reads ${planVersion}`,
      'apply it with the kubezero that made it',
    );
  if (content.version < planVersion) return refuse(`the plan is of version ${content.version}, which is out of date`);
  if (content.environment !== environment)
    return refuse(
      `the plan is of environment ${content.environment}, not of ${environment}`,
      `run it on ${content.environment}, or make one of ${environment}`,
    );
  if (content.command === 'drift')
    return refuse('this says how the world differs from the stacks; it is nothing to apply');
  if (!content.fingerprint) return refuse('the plan is not pinned: it doesn’t say what it was made from');
  const result = environmentPlan.safeParse(content, { reportInput: true });
  if (result.success) return result.data as PinnedPlan;
  const problems = schemaProblems(result.error, environmentPlan).slice(0, 3);
  return refuse(
    `the plan is damaged: ${problems.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')}`,
  );
}

/**
 * Refuses to apply a plan that says itself that it can't be: whose previews failed, that would delete what holds data
 * without being allowed to, that breaks a policy, or whose upgrade is blocked.
 */
export function refuseUnfit(plan: PinnedPlan, command: 'up' | 'upgrade', file: string): void {
  const stacks = command === 'up' ? plan.stacks : (plan.upgrade?.steps.flatMap((step) => step.stacks) ?? []);
  const refuse = (message: string, code: UserError['exitCode'], fix: string): never => {
    throw new UserError(message, { where: file, state: 'nothing was changed', fix, exitCode: code });
  };
  const again = `then make a new plan: kubezero preview ${plan.environment} --out ${basename(file)}`;
  if (command === 'upgrade' && !plan.upgrade)
    refuse(
      'the plan has no upgrade in it',
      exitCode.usage,
      `for its changes of stacks: kubezero up ${plan.environment} --plan ${basename(file)}`,
    );
  const failed = stacks.find(({ failure }) => failure !== undefined);
  if (failed)
    refuse(
      `the plan is not complete: the preview of stack ${failed.stack} failed when it was made: ${failed.failure}`,
      exitCode.blocked,
      `mend the cause, ${again}`,
    );
  const guarded = stacks.flatMap(unguarded);
  if (guarded.length > 0)
    refuse(
      `the plan would ${guarded.join('; ')}`,
      exitCode.guarded,
      `undo what causes it, or name what may go with --allow, ${again}`,
    );
  const blocked = command === 'upgrade' ? (plan.upgrade?.steps ?? []).filter(({ state }) => state === 'blocked') : [];
  if (blocked.length > 0)
    refuse(
      `the plan’s upgrade was blocked when it was made: ${blocked.flatMap(({ id, blockers }) => blockers.map((blocker) => `${id}: ${blocker}`)).join('; ')}`,
      exitCode.blocked,
      `mend that, ${again}`,
    );
}

function unguarded({ changes, policies }: StackPlan): string[] {
  return [
    ...changes
      .filter(({ guard }) => guard && !guard.allowed)
      .map(({ operation, guard, name }) => `${operation} ${guard?.kind} ${name}`),
    ...policies
      .filter(({ level }) => level === 'mandatory')
      .map(({ policy, message }) => `break policy ${policy} (${message})`),
  ];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
