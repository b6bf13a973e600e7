import type { ChangeCounts } from '../../report/events.ts';
import type { Operation, StackPlan } from './schema.ts';

/** Number of changes by operation, as events and reports give it. */
export function countChanges(plan: StackPlan): ChangeCounts {
  return { create: 0, update: 0, replace: 0, delete: 0, ...operations(plan), same: plan.unchanged };
}

/** `3 to create, 1 to update`; `no changes` where there are none. */
export function describeChanges(plan: StackPlan): string {
  const counts = Object.entries(operations(plan)).map(([operation, count]) => `${count} to ${operation}`);
  return counts.length > 0 ? counts.join(', ') : 'no changes';
}

function operations(plan: StackPlan): Partial<Record<Operation, number>> {
  const counts: Partial<Record<Operation, number>> = {};
  for (const { operation } of plan.changes) counts[operation] = (counts[operation] ?? 0) + 1;
  return counts;
}
