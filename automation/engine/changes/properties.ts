import type { StepEventMetadata, StepEventStateMetadata } from '@pulumi/pulumi/automation/events.js';
import { maskProperty, type PropertyOwner } from './masking.ts';
import { type PropertyPath, parsePath } from './paths.ts';
import type { PropertyChange } from './schema.ts';
import { textChange } from './texts.ts';
import { absent, compareValues, type Found, isInternal, lookUp } from './values.ts';

/** Inputs of a resource on both sides of a change, as the engine gave them; never part of a plan. */
export interface ResourceInputs {
  /** Absent where it is created. */
  before?: Record<string, unknown>;
  /** Absent where it is deleted. */
  after?: Record<string, unknown>;
}

/** What changes of one resource. */
export interface ResourceDiff {
  changes: PropertyChange[];
  detail: 'full' | 'none';
  /** Paths that change, as the provider names them; of creations and deletions none. */
  paths: string[];
  /** Paths that force a replacement. */
  replaceKeys: string[];
}

/**
 * What a step changes of its resource, property by property: along the paths that the provider gives; where it gives none,
 * from the inputs on both sides. Old values come from the stack's inputs or outputs, whichever the path is of; new ones
 * from the program's inputs. No value in it is secret.
 * @param step metadata of an event of the engine.
 * @param refresh whether the step is of a refresh: the new side is the world then, inputs and outputs.
 */
export function resourceDiff(step: StepEventMetadata, refresh = false): ResourceDiff {
  const detailed = Object.entries(step.detailedDiff ?? {});
  const replacing = detailed.filter(([, { diffKind }]) => diffKind.endsWith('-replace')).map(([path]) => path);
  const keys = replacing.length > 0 ? replacing : (step.keys ?? []);
  const replaceKeys = [...new Set(keys)].sort();
  const forces = (path: PropertyPath) => replaceKeys.some((key) => key === path[0] || startsWith(path, parsePath(key)));
  const states = [step.old, step.new].flatMap((state) => (state ? [state.inputs, state.outputs] : []));
  const owner = { type: step.type, name: nameOf(step.urn), states };
  const finish = (changes: PropertyChange[]) => merge(changes).map((change) => presentable(change, owner));

  // The deletion of a replacement: what changes is in its other steps.
  if (step.op === 'delete-replaced' && !step.new)
    return { changes: [], detail: 'none', paths: [...(step.diffs ?? [])].sort(), replaceKeys };
  if (!step.old || !step.new) {
    const [before, after] = [step.old, step.new].map((state) =>
      lookUp(state ? ownInputs(state.inputs ?? {}) : undefined, []),
    );
    return { changes: finish(compareParts(before!, after!, () => false)), detail: 'full', paths: [], replaceKeys };
  }
  if (detailed.length > 0) {
    const changes = detailed.flatMap(([text, { inputDiff }]) => {
      const path = parsePath(text);
      const [before, after] = sides(step.old!, step.new!, path, inputDiff, refresh);
      const found = compareValues(path, before, after, forces(path));
      // The provider's word counts: a value that reads the same on both sides (a number that was a text) changes all the same.
      return found.length > 0 ? found : [{ path: text, kind: kindOf(step, text), replaces: forces(path) }];
    });
    return { changes: finish(changes), detail: 'full', paths: detailed.map(([path]) => path).sort(), replaceKeys };
  }
  const changes = fromInputs(step, forces);
  if (changes.length === 0) return { changes: [], detail: 'none', paths: [...(step.diffs ?? [])].sort(), replaceKeys };
  const paths = step.diffs?.length ? step.diffs : changes.map(({ path }) => path);
  return { changes: finish(changes), detail: 'full', paths: [...new Set(paths)].sort(), replaceKeys };
}

/** Last part of a URN: the resource's name within its stack. */
export function nameOf(urn: string): string {
  return urn.split('::').slice(3).join('::') || urn;
}

/** Inputs without what a provider keeps among them for itself. */
function ownInputs(inputs: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(inputs).filter(([key]) => !isInternal(key)));
}

/** Both sides of a path. Whatever is secret in any of the resource's states is secret here. */
function sides(
  old: StepEventStateMetadata,
  young: StepEventStateMetadata,
  path: PropertyPath,
  inputDiff: boolean,
  refresh: boolean,
): [Found, Found] {
  const olds = inputDiff ? [old.inputs, old.outputs] : [old.outputs, old.inputs];
  const news = refresh && !inputDiff ? [young.outputs, young.inputs] : [young.inputs];
  const [before, after] = [olds, news].map((states) => first(states.map((state) => lookUp(state, path))));
  const secret = [...olds, young.inputs, young.outputs].some((state) => lookUp(state, path).state === 'secret');
  const seal = (side: Found): Found => (secret && side.state !== 'absent' ? { state: 'secret' } : side);
  return [seal(before!), seal(after!)];
}

function first(found: Found[]): Found {
  return found.find(({ state }) => state !== 'absent') ?? absent;
}

/** Differences of the inputs, of the properties that the provider says change where it says any. */
function fromInputs(step: StepEventMetadata, forces: (path: PropertyPath) => boolean): PropertyChange[] {
  const named = new Set((step.diffs ?? []).map((path) => String(parsePath(path)[0])));
  const [before, after] = [step.old, step.new].map((state) => lookUp(ownInputs(state?.inputs ?? {}), []));
  const all = compareParts(before!, after!, (path) => forces(path));
  return named.size === 0 ? all : all.filter(({ path }) => named.has(String(parsePath(path)[0])));
}

/** Compares two sets of inputs, property by property. */
function compareParts(before: Found, after: Found, forces: (path: PropertyPath) => boolean): PropertyChange[] {
  const [old, young] = [before, after].map((side) => (side.state === 'known' ? (side.value as object) : {}));
  const keys = new Set([...Object.keys(old!), ...Object.keys(young!)]);
  return [...keys].flatMap((key) => compareValues([key], lookUp(old, [key]), lookUp(young, [key]), forces([key])));
}

function kindOf(step: StepEventMetadata, path: string): PropertyChange['kind'] {
  return step.detailedDiff![path]!.diffKind.replace('-replace', '') as PropertyChange['kind'];
}

function startsWith(path: PropertyPath, prefix: PropertyPath): boolean {
  return prefix.every((part, place) => path[place] === part);
}

/** Providers may name a property and a part of it: each path once, in the order of paths. */
function merge(changes: PropertyChange[]): PropertyChange[] {
  const byPath = new Map(changes.map((change) => [change.path, change]));
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/** As it may be shown: without secrets, and as changed lines where it is a text of several lines. */
function presentable(change: PropertyChange, owner: PropertyOwner): PropertyChange {
  const masked = maskProperty(change, owner);
  const [before, after] = [change.before, change.after].map(textOf);
  if (masked.before?.state === 'secret' || masked.after?.state === 'secret') return masked;
  if (before === undefined || after === undefined) return masked;
  // Compared as it was, since what is packed can only be masked unpacked.
  const text = textChange(before, after, change.path);
  if (!text) return masked;
  const { before: _, after: __, ...rest } = masked;
  return { ...rest, text };
}

function textOf(value: PropertyChange['before']): string | undefined {
  return value?.state === 'known' && typeof value.value === 'string' ? value.value : undefined;
}
