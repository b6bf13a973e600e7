import type { EngineEvent } from '@pulumi/pulumi/automation/events.js';
import { exitCode, UserError } from '../../errors/index.ts';
import type { Layer } from '../../stacks/outputs.ts';
import type { ChangeCounts } from '../report/events.ts';

type Operation = 'create' | 'update' | 'replace' | 'delete' | 'read' | 'import';

/** One resource that a stack update changes. Values never appear here, only which properties change. */
export interface ResourceChange {
  operation: Operation;
  /** Pulumi type, e.g. `aws:ec2/launchTemplate:LaunchTemplate`. */
  type: string;
  /** Logical name within the stack. */
  name: string;
  urn: string;
  /** Property paths that change; empty where the provider gives no detail. */
  properties: string[];
  /** Property paths that force a replacement. */
  replaceKeys: string[];
  protected: boolean;
  /** A deletion from the stack alone: the object itself stays as it is. */
  retained?: boolean;
}

/** What an update of one stack changes (or changed). `unchanged` counts the resources it leaves alone. */
export interface StackPlan {
  stack: string;
  layer: Layer;
  changes: ResourceChange[];
  unchanged: number;
  diagnostics: { severity: string; message: string }[];
  /** What the plan was computed from, where that isn't all up to date: a stack before it is pending or not deployed. */
  basis?: string;
}

const shown: Record<string, Operation> = {
  create: 'create',
  update: 'update',
  replace: 'replace',
  'create-replacement': 'replace',
  'delete-replaced': 'replace',
  delete: 'delete',
  import: 'import',
  'import-replacement': 'replace',
};

/** Collects engine events into a {@link StackPlan}; replacement pairs become one `replace`. */
export class PlanBuilder {
  readonly #changes = new Map<string, ResourceChange>();
  readonly #diagnostics: StackPlan['diagnostics'] = [];
  readonly #stack: string;
  readonly #layer: Layer;
  readonly #onChange: ((change: ResourceChange) => void) | undefined;
  #unchanged = 0;

  constructor(stack: string, layer: Layer, onChange?: (change: ResourceChange) => void) {
    this.#stack = stack;
    this.#layer = layer;
    this.#onChange = onChange;
  }

  add(event: EngineEvent): void {
    const metadata = event.resourcePreEvent?.metadata;
    if (metadata) {
      if (metadata.type.startsWith('pulumi:')) return;
      if (metadata.op === 'same') this.#unchanged++;
      const operation = shown[metadata.op];
      if (!operation) return;
      const known = this.#changes.get(metadata.urn);
      if (known) return;
      const properties = metadata.detailedDiff ? Object.keys(metadata.detailedDiff) : (metadata.diffs ?? []);
      const state = metadata.new ?? metadata.old;
      const change: ResourceChange = {
        operation,
        type: metadata.type,
        name: metadata.urn.split('::').at(-1) ?? metadata.urn,
        urn: metadata.urn,
        properties: [...new Set(properties)].sort(),
        replaceKeys: metadata.keys ?? [],
        protected: Boolean(state?.protect),
        ...(operation === 'delete' && metadata.old?.retainOnDelete ? { retained: true } : {}),
      };
      this.#changes.set(metadata.urn, change);
      this.#onChange?.(change);
    }
    const diagnostic = event.diagnosticEvent;
    if (diagnostic && !diagnostic.ephemeral && diagnostic.severity !== 'info#err') {
      const message = stripMarkup(`${diagnostic.prefix ?? ''}${diagnostic.message}`).trim();
      if (message && (diagnostic.severity === 'error' || diagnostic.severity === 'warning'))
        this.#diagnostics.push({ severity: diagnostic.severity, message });
    }
  }

  plan(): StackPlan {
    return {
      stack: this.#stack,
      layer: this.#layer,
      changes: [...this.#changes.values()],
      unchanged: this.#unchanged,
      diagnostics: this.#diagnostics,
    };
  }
}

/** Engine messages carry colour directives such as `<{%fg 1%}>`. */
function stripMarkup(text: string): string {
  return text.replace(/<\{%[^%]*%\}>/g, '');
}

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

/** Changes that would delete or replace something that must outlive machines and upgrades. */
export function destructive(plan: StackPlan): ResourceChange[] {
  return plan.changes.filter(
    (change) =>
      (change.operation === 'delete' || change.operation === 'replace') &&
      !change.retained &&
      (change.protected || guardedTypes.has(change.type)),
  );
}

/** Data of the cluster: etcd volumes, the backup bucket, encryption keys, and the definitions of custom resources. */
const guardedTypes = new Set([
  'aws:ebs/volume:Volume',
  'aws:s3/bucket:Bucket',
  'aws:s3/bucketV2:BucketV2',
  'aws:kms/key:Key',
  'kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition',
  'kubernetes:apiextensions.k8s.io/v1beta1:CustomResourceDefinition',
]);

/** Refuses a plan that deletes or replaces cluster data. @throws UserError naming the resources. */
export function refuseDestructive(plan: StackPlan): void {
  const dangers = destructive(plan);
  if (dangers.length === 0) return;
  throw new UserError(
    `stack ${plan.stack} would ${dangers.map((d) => `${d.operation} ${d.name} (${d.type})${d.replaceKeys.length > 0 ? ` because of ${d.replaceKeys.join(', ')}` : ''}`).join('; ')}`,
    {
      where: `stack ${plan.stack}`,
      state: 'nothing was changed',
      fix: 'cluster data is never deleted or replaced by an update: undo the change in environment.yaml that causes it',
      exitCode: exitCode.blocked,
    },
  );
}
