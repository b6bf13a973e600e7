import type { ResourceChange, StackPlan } from '../engine/changes/schema.ts';

/** Whose business some values are: they change all the time, and nobody has been at the stack's things. */
export interface Autoscaled {
  /** Workloads that a HorizontalPodAutoscaler sizes, as `Deployment namespace/name`. */
  workloads: ReadonlySet<string>;
  /** Sizes of the worker groups as deployed, by Auto Scaling group. */
  groups: Readonly<Record<string, { min: number; max: number }>>;
}

/**
 * A drift plan without what changes by itself:
 * - replicas of workloads that an autoscaler sizes;
 * - the desired size of a worker group as long as it is within the group's own bounds, since that is what a cluster
 *   autoscaler moves; with no room between them it counts, and so does any change of the bounds;
 * - Jobs that are gone: they have run, and what they did isn't undone.
 * Fields that nobody set (status, defaults, other controllers' annotations) aren't in it: providers only compare what the
 * stack has set.
 */
export function withoutNoise(plan: StackPlan, scaled: Autoscaled): StackPlan {
  const changes = plan.changes.flatMap((change) => {
    const left = quiet(change, scaled);
    return left ? [left] : [];
  });
  return { ...plan, changes, unchanged: plan.unchanged + plan.changes.length - changes.length };
}

/** The change without what is noise of it; undefined: nothing else is in it. */
function quiet(change: ResourceChange, scaled: Autoscaled): ResourceChange | undefined {
  if (change.operation === 'delete') return /^kubernetes:batch\/[^:]+:Job$/.test(change.type) ? undefined : change;
  if (change.operation !== 'update') return change;
  const noisy = noisyPath(change, scaled);
  if (noisy === undefined) return change;
  const properties = change.properties.filter((path) => path !== noisy);
  if (properties.length === 0) return undefined;
  return { ...change, properties, diffs: change.diffs.filter(({ path }) => path !== noisy) };
}

function noisyPath(change: ResourceChange, { workloads, groups }: Autoscaled): string | undefined {
  const kind = change.type.split(':')[2] ?? '';
  if (workloads.has(`${kind} ${change.id}`)) return 'spec.replicas';
  const group = change.type === 'aws:autoscaling/group:Group' ? groups[change.id ?? ''] : undefined;
  if (!group || group.min === group.max) return undefined;
  if (['minSize', 'maxSize'].some((path) => change.properties.includes(path))) return undefined;
  const after = change.diffs.find(({ path }) => path === 'desiredCapacity')?.after;
  const size = after?.state === 'known' ? Number(after.value) : Number.NaN;
  return size >= group.min && size <= group.max ? 'desiredCapacity' : undefined;
}
