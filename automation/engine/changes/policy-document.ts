import { isDeepStrictEqual } from 'node:util';
import { few, list, record } from './sides.ts';

interface Statement {
  effect: 'Allow' | 'Deny';
  actions: string[];
  /** Allows everything but what it names. */
  inverted: boolean;
  resources: string[];
  /** Anyone, also from outside of the account. */
  anyone: boolean;
  condition: unknown;
}

/**
 * What a change of an IAM policy document lets happen that couldn't before, and what it forbids no longer; an action is
 * `service:Name` with wildcards. Documents are JSON in a text, or objects.
 * @param before absent: there was none
 * @param after absent: there is none any more
 * @returns short phrases; empty where nothing is allowed that wasn't, or a document can't be read.
 */
export function policyNotes(before: unknown, after: unknown): string[] {
  const [old, young] = [statementsOf(before), statementsOf(after)];
  const added = young.filter((one) => !old.some((other) => isDeepStrictEqual(one, other)));
  const gone = old.filter((one) => !young.some((other) => isDeepStrictEqual(one, other)));
  const notes: string[] = [];
  const allowing = added.filter(({ effect }) => effect === 'Allow');
  const wasAnyone = old.some(({ effect, anyone }) => effect === 'Allow' && anyone);
  if (!wasAnyone && allowing.some(({ anyone, condition }) => anyone && condition === undefined))
    notes.push('for anyone');
  if (allowing.some(({ inverted }) => inverted)) notes.push('allows all but what it names');

  const wider = actionsAllowed(young).filter((action) => !isAllowed(action, actionsAllowed(old)));
  if (wider.includes('*')) notes.push('allows every action');
  else if (wider.length > 0) notes.push(`allows ${few(wider)}${onEverything(young, wider) ? ' on all resources' : ''}`);
  const sameActions = wider.length === 0 && allowing.length > 0;
  if (
    sameActions &&
    allowing.some((one) => onEverything([one], one.actions)) &&
    !onEverything(old, actionsAllowed(old))
  )
    notes.push('on all resources now');
  if (
    sameActions &&
    gone.some(({ condition }) => condition !== undefined) &&
    allowing.some(({ condition }) => !condition)
  )
    notes.push('without a condition now');

  const fewer = actionsAllowed(old).filter((action) => !isAllowed(action, actionsAllowed(young)));
  if (fewer.length > 0 && after !== undefined) notes.push(`no longer allows ${few(fewer)}`);
  const denials = (statements: Statement[]) => statements.filter(({ effect }) => effect === 'Deny').length;
  if (denials(gone) > denials(added)) notes.push('denies less');
  return notes;
}

function actionsAllowed(statements: Statement[]): string[] {
  return [...new Set(statements.filter(({ effect }) => effect === 'Allow').flatMap(({ actions }) => actions))].sort();
}

function isAllowed(action: string, allowed: string[]): boolean {
  return allowed.some((pattern) => matches(pattern, action));
}

function matches(pattern: string, action: string): boolean {
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`, 'i').test(action);
}

function onEverything(statements: Statement[], actions: string[]): boolean {
  return statements.some(
    ({ effect, resources, actions: own, condition }) =>
      effect === 'Allow' &&
      resources.includes('*') &&
      condition === undefined &&
      own.some((action) => actions.includes(action)),
  );
}

function statementsOf(document: unknown): Statement[] {
  let content = document;
  if (typeof document === 'string') {
    try {
      content = JSON.parse(document);
    } catch {
      return [];
    }
  }
  return list(record(content).Statement).map((one) => {
    const { Effect, Action, NotAction, Resource, NotResource, Principal, NotPrincipal, Condition } = record(one);
    const aws = list(record(Principal).AWS);
    return {
      effect: Effect === 'Deny' ? 'Deny' : 'Allow',
      // Only what looks like an action: the rest of a document isn't to be quoted.
      actions: list(Action)
        .filter((action): action is string => typeof action === 'string' && /^([\w-]+:)?[\w*?]+$/.test(action))
        .sort(),
      inverted: [NotAction, NotResource, NotPrincipal].some((value) => value !== undefined),
      resources: list(Resource).map(String).sort(),
      anyone: Principal === '*' || aws.includes('*'),
      condition: Condition,
    };
  });
}
