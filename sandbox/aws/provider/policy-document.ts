import type { Properties } from './values.ts';

/** The JSON that `aws.iam.getPolicyDocument` answers with: Terraform's field order, single values unwrapped, lists in reverse order. */
export function policyDocument(args: Properties): { json: string; minifiedJson: string } {
  const document = {
    Version: args.version ?? '2012-10-17',
    ...(args.policyId ? { Id: args.policyId } : {}),
    Statement: [
      ...(args.sourcePolicyDocuments ?? []).flatMap(statementsOf),
      ...(args.statements ?? []).map(statement),
      ...(args.overridePolicyDocuments ?? []).flatMap(statementsOf),
    ],
  };
  return { json: JSON.stringify(document, null, 2), minifiedJson: JSON.stringify(document) };
}

function statementsOf(json: string): unknown[] {
  const { Statement = [] } = JSON.parse(json);
  return Array.isArray(Statement) ? Statement : [Statement];
}

function statement(input: Properties): Properties {
  const fields = {
    Sid: input.sid || undefined,
    Effect: input.effect ?? 'Allow',
    Action: list(input.actions),
    NotAction: list(input.notActions),
    Resource: list(input.resources),
    NotResource: list(input.notResources),
    Principal: principals(input.principals),
    NotPrincipal: principals(input.notPrincipals),
    Condition: conditions(input.conditions),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function list(values: string[] | undefined): string | string[] | undefined {
  if (!values || values.length === 0) return undefined;
  const written = [...values].sort().reverse().map(interpolated);
  return written.length === 1 ? written[0] : written;
}

function principals(inputs: { type: string; identifiers: string[] }[] | undefined): unknown {
  if (!inputs || inputs.length === 0) return undefined;
  const [only] = inputs;
  if (inputs.length === 1 && only?.type === '*' && only.identifiers.join() === '*') return '*';
  const byType: Record<string, string[]> = {};
  for (const { type, identifiers } of inputs) byType[type] = [...(byType[type] ?? []), ...identifiers];
  return Object.fromEntries(Object.entries(byType).map(([type, identifiers]) => [type, list(identifiers)]));
}

function conditions(inputs: { test: string; variable: string; values: string[] }[] | undefined): unknown {
  if (!inputs || inputs.length === 0) return undefined;
  const tests: Record<string, Record<string, string | string[] | undefined>> = {};
  for (const { test, variable, values } of inputs) {
    const written = values.map(interpolated);
    tests[test] = { ...tests[test], [interpolated(variable)]: written.length === 1 ? written[0] : written };
  }
  return tests;
}

/** IAM's own `${...}` is written `&{...}` in the arguments. */
function interpolated(value: string): string {
  return value.replaceAll('&{', '${');
}
