import type { V1Deployment } from '@kubernetes/client-node';
import type { KnownIssue } from '../../../releases/upgrade.ts';
import type { Wait } from '../kubernetes/health.ts';

/** A wait that a known issue explains. */
export interface ToleratedWait {
  issue: KnownIssue;
  wait: Wait;
}

/** What decides whether a known issue may still be tolerated. */
export interface ToleranceState {
  /** Ids of the steps that have started, in this run or an earlier one. */
  started: ReadonlySet<string>;
  /** Ids of the steps that are finished. For the last gate of a step, the step itself counts as finished. */
  finished: ReadonlySet<string>;
  /** Whether a module is at the new release. */
  moduleUpgraded: (module: string) => boolean;
  /** Deployments, for issues that are tolerated only while the old pods keep serving. */
  deployments: V1Deployment[];
}

/** Splits waits into those a known issue explains and those that really hold a gate. */
export function tolerate(
  waits: Wait[],
  issues: KnownIssue[],
  state: ToleranceState,
): { open: Wait[]; tolerated: ToleratedWait[] } {
  const open: Wait[] = [];
  const tolerated: ToleratedWait[] = [];
  const active = issues.filter((issue) => isActive(issue, state));
  for (const wait of waits) {
    const issue = active.find((candidate) => explains(candidate, wait, waits, state));
    if (issue) tolerated.push({ issue, wait });
    else open.push(wait);
  }
  return { open, tolerated };
}

/** Whether the upgrade is at a point where the release notes announce this issue. */
function isActive(issue: KnownIssue, state: Pick<ToleranceState, 'started' | 'finished' | 'moduleUpgraded'>): boolean {
  if (issue.from && !state.started.has(issue.from)) return false;
  if (issue.until && state.finished.has(issue.until)) return false;
  if (issue.untilModule && state.moduleUpgraded(issue.untilModule)) return false;
  return true;
}

function explains(issue: KnownIssue, wait: Wait, all: Wait[], state: ToleranceState): boolean {
  const ofIssue = (candidate: Wait) =>
    candidate.pod?.namespace === issue.pods.namespace && candidate.pod.name.startsWith(issue.pods.namePrefix);
  if (wait.pod) {
    if (!ofIssue(wait)) return false;
    if (issue.onlyWhileServing && !isServing(wait.pod.name, issue.pods.namespace, state.deployments)) return false;
    // Between two rejected pods, their ReplicaSet's next one is still being placed.
    const replacement = issue.onlyWhileServing && ['Pending', 'ContainerCreating', 'Terminating'].includes(wait.reason);
    return issue.reasons.includes(wait.reason) || Boolean(replacement);
  }
  // The workload of such pods can't be rolled out either; it is explained where its own pods are.
  const [, kind, namespace, name] = /^(\S+) ([^/]+)\/(.+)$/.exec(wait.object) ?? [];
  if (!kind || namespace !== issue.pods.namespace || !name) return false;
  const pods = all.filter((candidate) => candidate.pod?.name.startsWith(`${name}-`) && ofIssue(candidate));
  if (issue.onlyWhileServing) {
    const deployment = state.deployments.find((d) => d.metadata?.namespace === namespace && d.metadata?.name === name);
    return name.startsWith(issue.pods.namePrefix) && (deployment?.status?.availableReplicas ?? 0) > 0;
  }
  return pods.some((candidate) => issue.reasons.includes(candidate.reason));
}

function isServing(pod: string, namespace: string, deployments: V1Deployment[]): boolean {
  return deployments.some(
    (d) =>
      d.metadata?.namespace === namespace &&
      pod.startsWith(`${d.metadata?.name}-`) &&
      (d.status?.availableReplicas ?? 0) > 0,
  );
}
