import { exitCode } from '../../errors/index.ts';
import { countChanges } from '../engine/changes/counts.ts';
import type { Operation, ResourceChange, StackPlan } from '../engine/changes/schema.ts';
import type { EnvironmentPlan, Verdict } from './document.ts';

type Judged = Pick<EnvironmentPlan, 'command' | 'environment' | 'stacks' | 'upgrade' | 'manifests'>;

/**
 * What a plan comes to, in one line for a reviewer: the weightiest that applies, in the order of `outcomes`, with the exit
 * code that says so to a pipeline.
 */
export function verdictOf(plan: Judged): Verdict {
  const all = [...(plan.upgrade?.steps.flatMap(({ stacks }) => stacks) ?? []), ...plan.stacks];
  const failed = all.find((stack) => stack.failure !== undefined && !isRefusal(stack));
  if (failed)
    return {
      outcome: 'failed',
      exit: exitCode.blocked,
      text: `${failed.stack} could not be previewed to its end: ${firstLine(failed.failure ?? '')}`,
    };
  const refused = refusals(all);
  if (refused.length > 0) return { outcome: 'guarded', exit: exitCode.guarded, text: some(refused) };
  const blocked = plan.upgrade?.steps.find(({ state }) => state === 'blocked');
  if (blocked)
    return {
      outcome: 'blocked',
      exit: exitCode.blocked,
      text: `the upgrade to ${plan.upgrade?.to} is blocked at ${blocked.id}: ${firstLine(blocked.blockers[0] ?? blocked.title)}`,
    };
  const parts = plan.command === 'drift' ? driftText(plan.stacks) : pendingText(plan);
  if (parts.length === 0) return { outcome: 'no-changes', exit: exitCode.ok, text: settledText(plan) };
  return {
    outcome: plan.command === 'drift' ? 'drift' : 'changes',
    exit: exitCode.changes,
    text: parts.join('; '),
  };
}

/** Whether a preview failed for nothing but that the engine refuses what is guarded, or a policy forbids it. */
function isRefusal({ failure = '', changes, policies }: StackPlan): boolean {
  const guarded = changes.filter(({ guard }) => guard && !guard.allowed);
  const violated = policies.filter(({ level }) => level === 'mandatory');
  if (guarded.length + violated.length === 0) return false;
  return failure
    .split('\n')
    .every((line) => /is protected: the engine refuses/.test(line) || (violated.length > 0 && /polic/i.test(line)));
}

/** What is not to happen, a phrase each. */
function refusals(stacks: StackPlan[]): string[] {
  return stacks.flatMap(({ stack, changes, policies }) => [
    ...changes
      .filter(({ guard }) => guard && !guard.allowed)
      .map(
        ({ operation, guard, name, replaceKeys }) =>
          `${stack} would ${guard?.kept ? 'let go of' : operation} the ${guard?.kind} ${name}${replaceKeys.length > 0 ? ` because of ${replaceKeys.join(', ')}` : ''}`,
      ),
    ...policies
      .filter(({ level }) => level === 'mandatory')
      .map(({ policy, message }) => `${stack} violates the policy ${policy}: ${firstLine(message)}`),
  ]);
}

/** `a; b and 3 more`. */
function some(phrases: string[]): string {
  const unique = [...new Set(phrases)];
  return unique.length <= 2
    ? unique.join('; ')
    : `${unique.slice(0, 2).join('; ')}; and ${unique.length - 2} more like that`;
}

function pendingText({ upgrade, stacks, manifests = [] }: Judged): string[] {
  const parts: string[] = [];
  const steps = upgrade?.steps.filter(({ state }) => state !== 'done') ?? [];
  if (upgrade && steps.length > 0)
    parts.push(`the upgrade from ${upgrade.from} to ${upgrade.to} has ${count(steps.length, 'step')} to go`);
  const changing = stacks.filter(({ changes }) => changes.length > 0);
  if (changing.length > 0) parts.push(changesText(changing), ...lossText(changing.flatMap(({ changes }) => changes)));
  const outputsOnly = stacks.filter(({ changes, outputs }) => changes.length === 0 && outputs.length > 0);
  if (outputsOnly.length > 0) parts.push(`outputs of ${names(outputsOnly)} would change`);
  if (manifests.length > 0) parts.push(`${count(manifests.length, 'manifest')} for ArgoCD would change`);
  const waiting = stacks.filter(({ basis }) => basis.kind === 'upstream-not-deployed');
  if (waiting.length > 0) {
    const missing = waiting.flatMap(({ basis }) => (basis.kind === 'upstream-not-deployed' ? basis.missing : []));
    parts.push(`${names(waiting)} can't be known until ${[...new Set(missing)].join(' and ')} is deployed`);
  }
  return parts;
}

const participles: Partial<Record<Operation, string>> = {
  delete: 'deleted',
  replace: 'replaced',
  update: 'updated',
  create: 'created',
  import: 'imported',
  move: 'moved within the state',
};

/** `2 resources of demo-workers would be replaced and 1 updated`: what weighs most first. */
function changesText(stacks: StackPlan[]): string {
  const changes = stacks.flatMap((stack) => stack.changes);
  const counts = Object.entries(participles).flatMap(([operation, participle]) => {
    const number = changes.filter((change) => change.operation === operation).length;
    return number > 0 ? [{ number, participle }] : [];
  });
  const phrases = counts.map(({ number, participle }, place) =>
    place === 0 ? `${count(number, 'resource')} of ${names(stacks)} would be ${participle}` : `${number} ${participle}`,
  );
  return list(phrases);
}

/** Said where something goes, since that is what the reader asks himself then. */
function lossText(changes: ResourceChange[]): string[] {
  const going = changes.filter(({ operation }) => operation === 'delete' || operation === 'replace');
  if (going.length === 0) return [];
  const lost = going.filter(({ guard }) => guard);
  if (lost.length === 0) return ['nothing that holds data is touched'];
  return [`allowed to go: ${lost.map(({ guard, name }) => `the ${guard?.kind} ${name}`).join(', ')}`];
}

function driftText(stacks: StackPlan[]): string[] {
  const drifted = stacks.filter(({ changes }) => changes.length > 0);
  if (drifted.length === 0) return [];
  const totals = drifted.map(countChanges);
  const gone = totals.reduce((sum, counts) => sum + counts.delete, 0);
  const all = drifted.reduce((sum, { changes }) => sum + changes.length, 0);
  const were = gone === all ? (all === 1 ? 'is gone' : 'are gone') : all === 1 ? 'was changed' : 'were changed';
  const text = `${count(all, 'resource')} of ${names(drifted)} ${were} behind the stack's back`;
  return [gone > 0 && gone < all ? `${text}, ${gone} of them deleted` : text];
}

function settledText({ command, environment, stacks }: Judged): string {
  const resources = stacks.reduce((sum, { unchanged }) => sum + unchanged, 0);
  if (command === 'drift')
    return `${environment} is as its ${count(stacks.length, 'stack')} have it: ${count(resources, 'resource')}, no drift`;
  return `nothing to change: ${count(resources, 'resource')} in ${count(stacks.length, 'stack')} are as the files of ${environment} say`;
}

function names(stacks: StackPlan[]): string {
  return list(stacks.map(({ stack }) => stack));
}

/** `a`, `a and b`, `a, b and c`. */
function list(words: string[]): string {
  return words.length <= 1 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}
