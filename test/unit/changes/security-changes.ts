import type { Operation, ResourceChange } from '../../../automation/engine/changes/schema.ts';
import { securityNotes } from '../../../automation/engine/changes/security.ts';

export type Inputs = Record<string, unknown>;

/** Notes on a change from one set of inputs to another; no first one: a creation, no second one: a deletion. */
export function notes(type: string, before: Inputs | undefined, after: Inputs | undefined): string[] {
  const operation: Operation = before ? (after ? 'update' : 'delete') : 'create';
  return securityNotes({ operation, type, name: 'it' } as ResourceChange, {
    ...(before ? { before } : {}),
    ...(after ? { after } : {}),
  });
}

/** An IAM policy with these statements. */
export const policy = (...statements: object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements });
export const allow = (Action: string | string[], Resource: string | string[] = '*', extra: object = {}) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...extra,
});
