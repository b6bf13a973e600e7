import { createHash } from 'node:crypto';
import type { DiagnosticEvent, EngineEvent, PolicyEvent, StepEventMetadata } from '@pulumi/pulumi/automation/events.js';
import type { Layer } from '../../../environment/outputs.ts';
import { guardOf } from './guards.ts';
import { maskProperty, maskText } from './masking.ts';
import { unpacked } from './packed.ts';
import { withPodAdditions } from './pod-additions.ts';
import { nameOf, type ResourceInputs, resourceDiff } from './properties.ts';
import { restartsOf } from './restarts.ts';
import type { Operation, OutputChange, PolicyViolation, ResourceChange, StackPlan } from './schema.ts';
import { securityNotes } from './security.ts';
import { compareValues, hasSecret, lookUp } from './values.ts';

const operationOf: Record<string, Operation> = {
  create: 'create',
  update: 'update',
  replace: 'replace',
  'create-replacement': 'replace',
  'delete-replaced': 'replace',
  delete: 'delete',
  import: 'import',
  'import-replacement': 'replace',
};

/** The stack itself, as a resource. */
const rootType = 'pulumi:pulumi:Stack';

export interface PlanBuilderOptions {
  /** Told of each change once, as soon as the engine comes to it. */
  onChange?: (change: ResourceChange) => void;
  /** The events are of a refresh: a change is what the world has and the stack doesn't know. */
  refresh?: boolean;
}

/**
 * Collects the engine's events of one operation into a {@link StackPlan}. What the engine says of states, with secrets in
 * it, doesn't leave this room; steps of one replacement become one `replace`.
 */
export class PlanBuilder {
  readonly #stack: string;
  readonly #layer: Layer;
  readonly #options: PlanBuilderOptions;
  readonly #changes = new Map<string, ResourceChange>();
  readonly #unchanged = new Set<string>();
  /** Replacements that only their deletion is known of yet. */
  readonly #partial = new Set<string>();
  readonly #diagnostics: StackPlan['diagnostics'] = [];
  readonly #policies: PolicyViolation[] = [];
  #outputs: OutputChange[] = [];
  #failure: string | undefined;
  #error: unknown;
  #deployed: { outputs: Record<string, unknown> } | undefined;

  constructor(stack: string, layer: Layer, options: PlanBuilderOptions = {}) {
    this.#stack = stack;
    this.#layer = layer;
    this.#options = options;
  }

  add(event: EngineEvent): void {
    try {
      this.#add(event);
    } catch (error) {
      // The library would only warn about it: a change that is left out of a plan is worse than no plan.
      this.#error ??= error;
    }
  }

  /** The engine has given up, for the errors it told; what it found until then stays. */
  failed(): void {
    const errors = this.#diagnostics.filter(({ severity }) => severity === 'error').map(({ message }) => message);
    const telling = errors.filter((message) => !endsFailed.test(message));
    // Of a violated policy the engine says nothing else.
    const violated = this.#policies.some(({ level }) => level === 'mandatory')
      ? ['a mandatory policy is violated']
      : [];
    const reasons = [telling, violated, errors].find((list) => list.length > 0) ?? ['the engine gave no reason'];
    this.#failure = [...new Set(reasons)].join('\n');
  }

  /** Whether the engine came to any change, or a policy was violated. */
  get foundAnything(): boolean {
    return this.#changes.size > 0 || this.#policies.length > 0;
  }

  /** What the stack exports before the operation; undefined where that isn't known, or is secret. */
  get deployed(): { outputs: Record<string, unknown> } | undefined {
    return this.#deployed;
  }

  /** @throws what went wrong in reading an event. */
  plan(): StackPlan {
    if (this.#error) throw this.#error;
    return {
      stack: this.#stack,
      layer: this.#layer,
      basis: { kind: 'live' },
      changes: [...this.#changes.values()],
      unchanged: this.#unchanged.size,
      outputs: this.#outputs,
      diagnostics: this.#diagnostics,
      policies: this.#policies,
      ...(this.#failure === undefined ? {} : { failure: this.#failure }),
    };
  }

  #add(event: EngineEvent): void {
    const step = (event.resourcePreEvent ?? event.resOutputsEvent)?.metadata;
    if (step?.type === rootType && !this.#deployed && !hasSecret(step.old?.outputs ?? {}))
      this.#deployed = { outputs: step.old?.outputs ?? {} };
    if (event.resourcePreEvent && !this.#options.refresh) this.#addStep(event.resourcePreEvent.metadata);
    if (event.resOutputsEvent) this.#addOutputs(event.resOutputsEvent.metadata);
    if (event.diagnosticEvent) this.#addDiagnostic(event.diagnosticEvent);
    if (event.policyEvent) this.#policies.push(violationOf(event.policyEvent));
  }

  #addStep(step: StepEventMetadata): void {
    if (step.type.startsWith('pulumi:')) return;
    if (step.op === 'same') this.#unchanged.add(step.urn);
    const operation = operationOf[step.op];
    if (!operation) return;
    this.#unchanged.delete(step.urn);
    const known = this.#changes.get(step.urn);
    // Of a replacement's steps, only the deletion lacks a side: it comes first where nothing may be there twice.
    const whole = operation !== 'replace' || Boolean(step.old && step.new);
    if (known && !(whole && this.#partial.delete(step.urn))) return;
    if (!whole) this.#partial.add(step.urn);
    const change = changeOf(unpacked(step), operation, this.#options.refresh);
    this.#changes.set(step.urn, change);
    if (!known) this.#options.onChange?.(change);
  }

  #addOutputs(step: StepEventMetadata): void {
    if (step.type === rootType) this.#outputs = outputChanges(step);
    // In a refresh only what comes after reading the world tells what changed.
    else if (this.#options.refresh) this.#addStep(withPodAdditions(step));
  }

  #addDiagnostic({ severity, message, ephemeral }: DiagnosticEvent): void {
    if (ephemeral || (severity !== 'error' && severity !== 'warning')) return;
    const text = plainMessage(message);
    if (text) this.#diagnostics.push({ severity, message: maskText(text) });
  }
}

function changeOf(step: StepEventMetadata, operation: Operation, refresh?: boolean): ResourceChange {
  const sides = operation === 'delete' ? { ...step, new: undefined } : step;
  const { changes, detail, paths, replaceKeys } = resourceDiff(sides, refresh);
  // The world has more than what the stack has set, and may have it from somebody else.
  const side = refresh && step.type.startsWith('kubernetes:') ? 'outputs' : 'inputs';
  const inputs: ResourceInputs = {
    before: step.old?.[side],
    after: operation === 'delete' ? undefined : step.new?.[side],
  };
  const state = step.new ?? step.old;
  const id = step.old?.id || step.new?.id;
  const parent = state?.parent && !/::pulumi:pulumi:Stack::/.test(state.parent) ? nameOf(state.parent) : undefined;
  const change: ResourceChange = {
    operation,
    type: step.type,
    name: nameOf(step.urn),
    urn: step.urn,
    ...(step.old?.urn && step.old.urn !== step.urn ? { formerUrn: step.old.urn } : {}),
    ...(id ? { id } : {}),
    ...(parent ? { parent } : {}),
    properties: paths,
    replaceKeys,
    diffs: changes,
    detail,
    protected: Boolean(step.old?.protect || step.new?.protect),
    retained: operation === 'delete' && !refresh && Boolean(step.old?.retainOnDelete),
    security: [],
  };
  if (operation === 'update' && change.formerUrn && changes.length === 0 && paths.length === 0)
    change.operation = 'move';
  change.security = securityNotes(change, inputs);
  if (!refresh) {
    // What was changed or deleted behind the stack's back is done already.
    const guard = guardOf(change, inputs, { retainOnDelete: Boolean(step.old?.retainOnDelete) });
    if (guard) change.guard = guard;
    const restarts = restartsOf(change, inputs);
    if (restarts) change.restarts = restarts;
  }
  if (operation === 'create' && changes.every(({ after }) => after?.state !== 'unknown'))
    change.content = createHash('sha256').update(JSON.stringify(changes)).digest('hex');
  const whole = operation !== 'update' && operation !== 'replace';
  if (whole && change.security.length === 0) change.diffs = [];
  return change;
}

/** Outputs of the stack that change; where a preview doesn't come to its end, those that it doesn't know are left out. */
function outputChanges(step: StepEventMetadata): OutputChange[] {
  const [old, young] = [step.old?.outputs ?? {}, step.new?.outputs ?? {}];
  const names = [...new Set([...Object.keys(old), ...Object.keys(young)])].sort();
  const owner = { type: step.type, name: nameOf(step.urn) };
  return names.flatMap((name) => {
    const [before, after] = [old, young].map((side) => lookUp(side, [name]));
    const changes = compareValues([name], before!, after!, false);
    return changes.map((change) => {
      const masked = maskProperty(change, owner);
      return {
        name: masked.path,
        ...(masked.before ? { before: masked.before } : {}),
        ...(masked.after ? { after: masked.after } : {}),
      };
    });
  });
}

function violationOf({
  policyPackName,
  policyName,
  enforcementLevel,
  message,
  resourceUrn,
}: PolicyEvent): PolicyViolation {
  return {
    pack: policyPackName,
    policy: policyName,
    level: enforcementLevel === 'mandatory' ? 'mandatory' : 'advisory',
    message: maskText(stripMarkup(message).trim()),
    ...(resourceUrn ? { resource: resourceUrn } : {}),
  };
}

/** What the engine ends with when it has failed, after the reason. */
const endsFailed = /^(preview|update|refresh) failed$/;

const protectedDelete = /^(?:Preview failed: )?resource "([^"]+)" cannot be deleted\s+because it is protected/;
const protectedReplace = /^unable to replace resource "([^"]+)"[\s\S]*marked for protection/;

/** The engine's message without colour marks; where it refuses to touch something protected, without advice on how to make it. */
function plainMessage(message: string): string {
  const text = stripMarkup(message).trim();
  const deleted = protectedDelete.exec(text)?.[1];
  if (deleted) return `${nameOf(deleted)} is protected: the engine refuses to delete it`;
  const replaced = protectedReplace.exec(text)?.[1];
  if (replaced) return `${nameOf(replaced)} is protected: the engine refuses to replace it`;
  return text;
}

/** Engine messages carry colour directives such as `<{%fg 1%}>`. */
function stripMarkup(text: string): string {
  return text.replace(/<\{%[^%]*%\}>/g, '');
}
