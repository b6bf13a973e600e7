import type { Properties } from './provider/values.ts';

/** What a resource's policy is asked about. */
export interface PolicyRequest {
  action: string;
  /** Its kind and name, e.g. `Federated` and a provider's ARN; absent: anybody, without logging in. */
  principal?: [kind: string, name: string];
  /** Absent where the policy is the resource's own, as a role's trust policy. */
  resource?: string;
  /** Condition keys, in lower case. */
  context: Record<string, string>;
}

/**
 * Whether a policy of a resource (trust policy of a role, policy of a bucket) allows a request. What isn't understood
 * never allows anything, and denies where it would deny.
 */
export function allows(document: string, request: PolicyRequest): boolean {
  const { Statement = [] } = JSON.parse(document);
  const statements: Properties[] = Array.isArray(Statement) ? Statement : [Statement];
  const applies = (effect: string) =>
    statements.some((statement) => statement.Effect === effect && matches(statement, request, effect === 'Deny'));
  return applies('Allow') && !applies('Deny');
}

/** @param unclear the answer where the statement holds what isn't understood */
function matches(statement: Properties, { action, principal, resource, context }: PolicyRequest, unclear: boolean) {
  if (statement.NotAction || statement.NotPrincipal || statement.NotResource) return unclear;
  const isOfAction = list(statement.Action).some((pattern) => like(action.toLowerCase(), pattern.toLowerCase()));
  const isOfResource = resource === undefined || list(statement.Resource).some((pattern) => like(resource, pattern));
  return (
    isOfAction &&
    isOfResource &&
    isOfPrincipal(statement.Principal, principal, unclear) &&
    Object.entries(statement.Condition ?? {}).every(([operator, tests]) =>
      Object.entries(tests as Properties).every(([key, values]) => {
        const test = operators[operator];
        return test ? test(context[key.toLowerCase()], list(values)) : unclear;
      }),
    )
  );
}

/** Anybody is `*`, with or without `AWS`. A federated principal has to be named. */
function isOfPrincipal(given: unknown, principal: PolicyRequest['principal'], unclear: boolean): boolean {
  const named = typeof given === 'object' && given !== null ? (given as Properties) : { AWS: given };
  const isAnybody = list(named.AWS).includes('*');
  if (!principal) return isAnybody;
  const [kind, name] = principal;
  return list(named[kind]).includes(name) || (isAnybody && unclear);
}

const operators: Record<string, (value: string | undefined, values: string[]) => boolean> = {
  StringEquals: (value, values) => value !== undefined && values.includes(value),
  StringLike: (value, values) => value !== undefined && values.some((pattern) => like(value, pattern)),
  StringNotEquals: (value, values) => value === undefined || !values.includes(value),
  StringNotLike: (value, values) => value === undefined || !values.some((pattern) => like(value, pattern)),
};

function like(value: string, pattern: string): boolean {
  const source = pattern
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(value);
}

function list(value: unknown): string[] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).map(String);
}
